"""OpenCV as this room uses it: configured before its first use, on one core.

Import `cv2` from here. It costs half a second and puts its own folders into
LD_LIBRARY_PATH, so only the reading process and the `scan` command do.
"""

import os

# Read once, when the V4L2 back end first waits for a picture; its own default is 10 s.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
# A few kilobytes can claim to be a picture of a billion pixels; this is 8192 by 8192.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 26))

import cv2

cv2.setNumThreads(1)  # one core of four belongs to the camera, not all of them

__all__ = ["cv2"]

"""18, what does it cost: by the first letters of the pinyin."""

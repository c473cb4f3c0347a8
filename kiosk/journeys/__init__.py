"""What a patient can do, step by step: drives domain and ports, emits views, takes intents. No Kivy."""

"""What is read from a recording, once it is proved: moments by name, read models, stories.

timecode     naming a moment; `markers`: giving one a name
projection   read models folded from events; `readmodel`: what they result in; `verified`: while a match is verified
space        what the bytes of a file are
story        what a match tells, in words and numbers
"""

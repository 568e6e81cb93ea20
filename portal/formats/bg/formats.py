"""Bulgarian, with short months, which it writes small."""

DATE_FORMAT = "j b Y"
SHORT_DATE_FORMAT = "j b"
DATETIME_FORMAT = "j b Y, H:i"
SHORT_DATETIME_FORMAT = "j b, H:i"
TIME_FORMAT = "H:i"

NUMBER_GROUPING = 3

"""Put before a process' path, this sets its clock off by CLOCK_SHIFT seconds; its children inherit that.

Python imports a module of this name at its start: https://docs.python.org/3/library/site.html
"""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["CLOCK_SHIFT"]), tick=True).start()

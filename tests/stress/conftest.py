import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DJANGO = HERE.parent / "django"
sys.path[:0] = [str(HERE), str(DJANGO), str(HERE.parent / "support")]
if os.environ.get("PYTHONPATH") is None:
    sys.path.insert(0, str(HERE.parent.parent / "python"))

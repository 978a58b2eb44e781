"""What Tools/bench measures, one subject a module. `matches`: servers with their load. `figures`: what comes out."""
import pathlib
import sys

TOOLS = pathlib.Path(__file__).resolve().parents[1]
if str(TOOLS) not in sys.path:
    sys.path.insert(0, str(TOOLS))

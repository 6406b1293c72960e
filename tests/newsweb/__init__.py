"""A small local news web of our own making: invented outlets, people and texts on loopback addresses.

``with NewsWeb() as web:`` serves every outlet on an address of its own; ``web.truth`` says for each article what a
perfect crawler would store, ``web.seeds(path)`` writes the topic file that lists the outlets.
"""

from tests.newsweb.outlet import Fault, Outlet
from tests.newsweb.server import CannotListen, Request
from tests.newsweb.web import NewsWeb, Truth

__all__ = ["CannotListen", "Fault", "NewsWeb", "Outlet", "Request", "Truth"]

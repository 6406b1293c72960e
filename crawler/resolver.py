"""The address guard: a resolver that gives only addresses that a public crawler may connect to.

Twisted connects to nothing but what its resolver returns, so redirects, robots.txt, odd spellings of an
address and names that change their address between two look-ups are all covered here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from zope.interface.declarations import implementer

Network = IPv4Network | IPv6Network

GUARD, HANDLER = "crawler.resolver.AddressGuard", "crawler.fetching.bounded_http.BoundedHttp"
NAT64 = ip_network("64:ff9b::/96")  # IPv4 addresses as networks without IPv4 write them (RFC 6052)

INSIDE = [  # networks that are public by their number, and within somebody's house all the same
    ip_network(network)
    for network in (
        "fec0::/10",  # site-local, of old times (RFC 3879)
        "3fff::/20",  # documentation (RFC 9637)
        "64:ff9b:1::/48",  # translation to IPv4 within a network (RFC 8215)
        "192.88.99.0/24",  # relays to IPv6, of old times (RFC 7526)
        "168.63.129.16/32",  # Azure: the host of a virtual machine
        "161.26.0.0/16",  # IBM Cloud: services for virtual machines
        "166.8.0.0/14",
        "199.36.153.4/30",  # Google Cloud: its interfaces as seen from within
        "199.36.153.8/30",
        "100.100.100.200/32",  # Alibaba Cloud: metadata
        "192.0.0.192/32",  # Oracle Cloud: metadata
    )
]


def networks(values: Iterable[str]) -> list[Network]:
    """The networks that ALLOWED_PRIVATE_NETWORKS names; ValueError names the first that is none."""
    found: list[Network] = []
    for value in values:
        try:
            found.append(ip_network(value.strip()))
        except ValueError as error:
            raise ValueError(
                f'ALLOWED_PRIVATE_NETWORKS: "{value}" is not a network ({error}): write it like 10.0.0.0/8 or ::1/128'
            ) from None
    return found


def refusal(address: str, allowed: Sequence[Network]) -> str | None:
    """Why ``address`` (a literal IP) must not be connected to; None if it may."""
    ip = ip_address(address.partition("%")[0])
    if ip in NAT64:
        return refusal(str(IPv4Address(int(ip) & 0xFFFFFFFF)), allowed)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        return refusal(str(ip.ipv4_mapped), allowed)
    if any(ip.version == network.version and ip in network for network in allowed):
        return None
    tunnel = isinstance(ip, IPv6Address) and (ip.sixtofour or ip.teredo)  # of old times, to an address inside it
    inside = any(ip.version == network.version and ip in network for network in INSIDE)
    if ip.is_global and not inside and not ip.is_multicast and not ip.is_reserved and not tunnel:
        return None
    return f"{address} is in a private or reserved network (ALLOWED_PRIVATE_NETWORKS can open it)"


def refusal_of_host(host: str, allowed: Sequence[Network]) -> str | None:
    """The same for a host as it stands in a URL: only if that is a literal address, in whatever spelling, or localhost.

    For requests that somebody else makes for us, such as a proxy: what a name leads to is then decided there.
    """
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return refusal("127.0.0.1", allowed)
    try:
        return refusal(host if ":" in host else socket.inet_ntoa(socket.inet_aton(host)), allowed)
    except (ValueError, OSError):  # a name
        return None


@implementer(IResolutionReceiver)
class _Filter:
    def __init__(self, receiver: Any, host: str, allowed: Sequence[Network], refused: dict[str, str]):
        self.receiver, self.host, self.allowed, self.refused = receiver, host, allowed, refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:
        if why := refusal(address.host, self.allowed):
            self.refused[self.host] = why
        else:
            self.refused.pop(self.host, None)
            self.receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        self.receiver.resolutionComplete()


class AddressGuard(CachingHostnameResolver):
    """Scrapy's caching resolver without private, loopback, link-local, multicast and reserved addresses.

    ``refused`` keeps the reason for each host, since the download itself fails as if DNS had no answer.
    """

    refused: dict[str, str]

    def __init__(self, reactor: ReactorBase, cache_size: int, allowed: Sequence[Network] = ()):
        super().__init__(reactor, cache_size)
        self.allowed = allowed
        self.refused = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: ReactorBase) -> Self:
        settings = crawler.settings
        return cls(reactor, settings.getint("DNSCACHE_SIZE"), networks(settings.getlist("ALLOWED_PRIVATE_NETWORKS")))

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        guarded: Any = _Filter(resolutionReceiver, hostName, self.allowed, self.refused)
        return super().resolveHostName(guarded, hostName, portNumber, addressTypes, transportSemantics)


def unguarded(handlers: Mapping[str, object], resolver: object) -> str | None:
    """Why the address guard would not see every connection with these settings; None when it does."""
    for scheme in ("http", "https"):
        if handlers.get(scheme) != HANDLER:
            return f"DOWNLOAD_HANDLERS: {scheme} has to stay {HANDLER}, since the address guard works with no other"
    if resolver != GUARD:
        return f"TWISTED_DNS_RESOLVER: has to stay {GUARD}, which is the address guard"
    return None


def refused_hosts() -> dict[str, str]:
    """Host -> why the address guard of this process turned it down."""
    from twisted.internet import reactor

    return getattr(reactor.nameResolver, "refused", {})

"""Where a message may be sent: URLs in one strict spelling, to addresses open to the public.

A tenant chooses the URL and we send to it from inside our walls, so a careless rule makes us
its hands there (server-side request forgery). A URL is therefore read by this grammar alone,
and sent to by what was read, so that no two readers can understand it differently. Whatever a
name resolves to must be a public address, judged at every delivery.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from app.domain.webhook_errors import WebhookUrlRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2000
PORTS = frozenset({443, 8443})
HIGHEST_PORT = 65535
URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
    r"(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
LONGEST_NAME = 253
# What the oldest resolvers read as a number, and so as an address: 2130706433, 0x7f.1, 0177.1.
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")

# IANA's special-purpose registries, written out: what a library calls global differs by release.
RESERVED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers' customers; Alibaba's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform, on an address that looks public
        "169.254.0.0/16",  # link-local; most clouds' metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
UNICAST_V6 = IPv6Network("2000::/3")  # all that is given out to the public
RESERVED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL as it was read. `host` is in lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The address, where the URL names one instead of a host."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """What the Host header says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == default else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts and networks that messages may go to besides, by plain HTTP and any port.

    For development and tests: nothing is allowed by default.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @staticmethod
    def of(entries: Collection[str]) -> "Allowed":
        """Read names, addresses and networks (`localhost`, `127.0.0.1`, `10.0.0.0/8`).

        Raises ValueError for what is neither.
        """
        hosts, networks = set[str](), list[Network]()
        for entry in entries:
            try:
                networks.append(ip_network(entry))
            except ValueError:
                if "/" in entry:
                    raise
                hosts.add(entry.lower())
        return Allowed(frozenset(hosts), tuple(networks))

    def __bool__(self) -> bool:
        return bool(self.hosts or self.networks)

    def covers(self, target: Target, addresses: Sequence[Address]) -> bool:
        """Whether the host is named, or all its addresses lie in networks that are."""
        if target.host in self.hosts:
            return True
        return all(any(one in network for network in self.networks) for one in addresses)


def read_url(url: str) -> Target:
    """Read a URL in the one spelling that is taken. Raises WebhookUrlRefused.

    Refused are credentials, fragments, letters beyond ASCII (an international name is written
    in its ASCII form, `xn--…`), trailing dots, and every spelling of an address but the usual.
    """
    read = URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if read is None:
        raise WebhookUrlRefused("it is no plain https URL of ASCII letters without credentials")
    host = read["host"].lower()
    if host.startswith("["):
        _check_literal(host[1:-1])
        host = host[1:-1]
    elif NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        _check_literal(host)
    elif len(host) > LONGEST_NAME or not NAME.fullmatch(host):
        raise WebhookUrlRefused("its host is not spelled as a name or an address")
    port = int(read["port"] or {"https": 443, "http": 80}[read["scheme"]])
    if not 0 < port <= HIGHEST_PORT:
        raise WebhookUrlRefused("there is no such port")
    return Target(read["scheme"], host, port, (read["target"] or "/") + (read["query"] or ""))


def _check_literal(host: str) -> None:
    try:
        ip_address(host)
    except ValueError as error:
        raise WebhookUrlRefused("its host is not spelled as a name or an address") from error


def check_target(target: Target, addresses: Sequence[Address], allowed: Allowed) -> None:
    """Refuse a target unless every address of its host may be sent to. Raises WebhookUrlRefused.

    One message for names that do not resolve and for names that lead inside: to tell them apart
    would tell whoever asks which names exist inside.
    """
    if addresses and allowed.covers(target, addresses):
        return
    if target.scheme != "https":
        raise WebhookUrlRefused("it is not an https URL")
    if target.port not in PORTS:
        raise WebhookUrlRefused("its port is neither 443 nor 8443")
    if not addresses or not all(is_public(address) for address in addresses):
        raise WebhookUrlRefused("its host does not resolve to public addresses alone")


def is_public(address: Address) -> bool:
    """Whether an address is of the open internet, by IANA's registries.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is.
    """
    if isinstance(address, IPv4Address):
        return not any(address in block for block in RESERVED_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in UNICAST_V6 and not any(address in block for block in RESERVED_V6)

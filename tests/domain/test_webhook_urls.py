import ipaddress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhook_errors import WebhookUrlRefused
from app.domain.webhook_urls import Allowed, Target, check_target, is_public, read_url

NOWHERE_ELSE = Allowed()
PUBLIC = ip_address("93.184.216.34")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", Target("https", "hooks.example.com", 443, "/")),
        ("https://Hooks.Example.com:8443/a/b%20c?x=1&y", Target("https", "hooks.example.com", 8443, "/a/b%20c?x=1&y")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://93.184.216.34/in", Target("https", "93.184.216.34", 443, "/in")),
        ("https://[2606:2800:220:1::1]/", Target("https", "2606:2800:220:1::1", 443, "/")),
        ("https://example.com?q=1", Target("https", "example.com", 443, "/?q=1")),
        ("http://receiver.test:8080/", Target("http", "receiver.test", 8080, "/")),
    ],
)  # fmt: skip
def test_a_url_is_read_in_its_one_spelling(url: str, target: Target) -> None:
    assert read_url(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "https:/example.com",
        "https:///example.com",
        "https://",
        "HTTPS://example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "javascript:alert(1)",
        "data:text/plain,x",
        "jar:https://example.com!/",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1#@example.com/",
        "https://example.com/#fragment",
        r"https://example.com\@127.0.0.1/",
        r"https:\\example.com",
        "https://example.com:443@127.0.0.1/",
        "https://example.com\t/",
        "https://example.com\n/",
        "https://example.com/\r\nX-Injected: 1",
        "https://example.com/a b",
        " https://example.com",
        "https://example.com\x00.evil/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.01/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://example.0x/",
        "https://127.0.0.1./",
        "https://localhost./",
        "https://example.com./",
        "https://example..com/",
        "https://.example.com/",
        "https://-example.com/",
        "https://example-.com/",
        "https://ex_ample.com/",
        "https://127\u30020\u30020\u30021/",  # ideographic full stops
        "https://\uff11\uff12\uff17.0.0.1/",  # fullwidth digits
        "https://\u24d4xample.com/",  # a circled letter
        "https://b\u00fccher.example/",
        "https://example.com/\u00fc",
        "https://%31%32%37.0.0.1/",
        "https://[::1%25eth0]/",
        "https://[::1",
        "https://[not-an-address]/",
        "https://[127.0.0.1]:/x",
        "https://[1:2:3]/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:+443/",
        "https://example.com:4 43/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 127 + "com/",
        "https://example.com/" + "a" * 2000,
    ],
)  # fmt: skip
def test_any_other_spelling_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        read_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 -- judged, not bound
        "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1",
        "127.255.255.254", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1",
        "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:5db8:d822::1", "3fff::1", "5f00::1",
        "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_no_address_inside_anybodys_network_is_public(address: str) -> None:
    inside = ip_address(address)
    assert not is_public(inside)
    target = Target("https", "example.com", 443, "/")
    for found in ([inside], [PUBLIC, inside], [inside, PUBLIC]):
        with pytest.raises(WebhookUrlRefused):
            check_target(target, found, NOWHERE_ELSE)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "1.1.1.1", "11.0.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
     "2a00:1450:4001::200e", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"],
)  # fmt: skip
def test_open_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_the_library_knows_to_be_special(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    carries = isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped is not None or address in ipaddress.ip_network("64:ff9b::/96")
    )
    assert not (special and is_public(address)) or carries


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://example.com/", [PUBLIC]),
        ("https://example.com:22/", [PUBLIC]),
        ("https://example.com:8080/", [PUBLIC]),
        ("https://example.com/", []),
    ],
)
def test_plain_http_other_ports_and_unknown_names_are_refused(
    url: str, found: list[ipaddress.IPv4Address]
) -> None:
    with pytest.raises(WebhookUrlRefused):
        check_target(read_url(url), found, NOWHERE_ELSE)


def test_a_name_that_leads_inside_reads_like_one_that_leads_nowhere() -> None:
    said = []
    for found in ([], [ip_address("10.0.0.1")]):
        with pytest.raises(WebhookUrlRefused) as refused:
            check_target(read_url("https://db.internal.example/"), found, NOWHERE_ELSE)
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_what_a_setting_names_is_allowed_and_nothing_beside_it() -> None:
    allowed = Allowed.of(["Receiver.test", "127.0.0.1", "10.1.0.0/16", "::1"])
    inside = {
        "http://receiver.test:8080/": "192.168.0.9",
        "http://127.0.0.1:8080/": "127.0.0.1",
        "http://[::1]:99/": "::1",
        "http://other.test/": "10.1.2.3",
    }
    for url, address in inside.items():
        check_target(read_url(url), [ip_address(address)], allowed)
    outside = {
        "http://127.0.0.2/": ["127.0.0.2"],
        "http://example.com/": ["93.184.216.34"],
        "https://other.test/": ["10.1.2.3", "10.2.0.1"],
        "http://nothing.test/": [],
    }
    for url, addresses in outside.items():
        with pytest.raises(WebhookUrlRefused):
            check_target(read_url(url), [ip_address(one) for one in addresses], allowed)
    with pytest.raises(ValueError, match="host bits"):
        Allowed.of(["10.1.0.1/16"])


@given(st.text(max_size=60))
def test_reading_any_text_refuses_or_returns_a_target(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com{text}"):
        try:
            target = read_url(url)
        except WebhookUrlRefused:
            continue
        assert target.host
        assert url.lower().startswith(f"{target.scheme}://")

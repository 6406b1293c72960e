"""The address guard, without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.resolver import networks, refusal, refusal_of_host


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:808:808::",
        "2001:0:808:808::",
        "64:ff9b:1::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2001:db8::1",
        "fec0::1",
        "feff::1",
        "3fff::1",
        "3fff:fff::1",
        "192.88.99.1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "64:ff9b::a83f:8110",
        "100.100.100.200",
        "161.26.0.7",
        "166.9.1.1",
        "199.36.153.8",
        "192.0.0.192",
    ],
)
def test_addresses_that_are_not_public_are_refused(address):
    assert "private or reserved" in refusal(address, [])


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "168.63.129.17", "64:ff9b::808:808"]
)
def test_public_addresses_are_not(address):
    assert refusal(address, []) is None


def test_only_the_named_network_is_opened():
    allowed = networks(["127.0.0.0/30", "::1/128"])
    assert refusal("127.0.0.2", allowed) is None
    assert refusal("::1", allowed) is None
    assert refusal("::ffff:127.0.0.2", allowed) is None
    assert refusal("127.0.0.9", allowed)
    assert refusal("10.0.0.1", allowed)


def test_a_network_that_is_none_is_named():
    with pytest.raises(ValueError, match=r'ALLOWED_PRIVATE_NETWORKS: "10\.0\.0\.1/8" is not a network'):
        networks(["127.0.0.0/8", "10.0.0.1/8"])


@given(st.ip_addresses())
def test_every_literal_address_gets_an_answer(ip):
    answer = refusal(str(ip), [])
    if ip.is_private or ip.is_loopback or ip.is_multicast or ip.is_link_local:
        assert answer


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "10.1", "[::1]", "::1", "[::ffff:10.0.0.1]",
     "localhost", "LOCALHOST.", "metadata.localhost", "169.254.169.254"],
)  # fmt: skip
def test_a_literal_address_behind_a_proxy_is_refused_however_it_is_spelt(host):
    assert "private or reserved" in refusal_of_host(host, [])
    assert refusal_of_host(host, networks(["0.0.0.0/0", "::/0"])) is None


@pytest.mark.parametrize("host", ["news.example", "8.8.8.8", "134744072", "localhost.example", "", "a b", "1.2.3.4.5"])
def test_names_and_public_addresses_behind_a_proxy_are_not(host):
    assert refusal_of_host(host, []) is None


@given(st.text(max_size=60))
def test_no_host_is_too_odd_for_an_answer(host):
    assert refusal_of_host(host, []) is None or "private or reserved" in refusal_of_host(host, [])

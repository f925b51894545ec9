import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit } from "effect"
import { AddressPolicy } from "./AddressPolicy.ts"
import { rangesOf } from "./IpAddress.ts"

const reach = (policy: AddressPolicy, addresses: ReadonlyArray<string>) =>
  addresses.filter((address) => policy.isAllowed(address))

const globalUnicast = [
  ["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
  [
    "168.63.129.15",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255"
  ],
  ["192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0", "223.255.255.255"],
  ["2001:200::1", "2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450::", "3ffe:ffff::1"],
  // what DNS64 answers, and the kernel's own form of IPv4
  ["64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "::ffff:808:808"]
].flat()

const special = [
  ["0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255"],
  ["172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"],
  ["255.255.255.255", "::", "::1", "::2", "100::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1"],
  ["2001::1", "2001:1ff:ffff::", "2002:808:808::1", "3fff::1", "4000::1", "1fff:ffff::1", "5f00::1"]
].flat()

const metadata = [
  ["169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.23", "169.254.42.42", "169.254.1.1"],
  ["168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"],
  ["fd00:42::42", "fd00:c1::a9fe:a9fe", "fe80::1", "fe80::a9fe:a9fe", "febf::1"],
  // the same, wrapped
  ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::169.254.169.254", "::ffff:0:169.254.169.254"],
  ["64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "2002:6464:64c8::"],
  // Teredo: as the server, as the client (bits flipped)
  ["2001:0:a9fe:a9fe::1", "2001:0:808:808::5601:5601"]
].flat()

const wrapped = [
  ["::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:0001", "::ffff:10.0.0.1", "::FFFF:192.168.0.1"],
  ["::127.0.0.1", "::7f00:1", "::10.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:808:808"],
  ["64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::c0a8:1", "64:ff9b:1::7f00:1"],
  ["2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "2001:0:7f00:1::1", "2001:0:808:808:0:0:80ff:fffe"]
].flat()

const noAddress = [
  ["", " ", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1 ", "127.0.0.1:80", "1.2.3.256"],
  ["fe80::1%eth0", "::1%lo", "2606:4700::1111%1", "127.0.0.1%lo", "[::1]", "::ffff:1.2.3", "12345::", "1::2::3", ":::"]
].flat()

describe("AddressPolicy", () => {
  it("allows global unicast and nothing else", () => {
    assert.deepStrictEqual(reach(AddressPolicy.publicOnly, globalUnicast), globalUnicast)
    assert.deepStrictEqual(reach(AddressPolicy.publicOnly, [...special, ...metadata, ...wrapped, ...noAddress]), [])
  })

  it("allows the operator's ranges on top, however an address in them is written", () => {
    const policy = new AddressPolicy(rangesOf("10.0.0.0/8", "127.0.0.1", "fd00::/8", "::1"))
    const allowed = ["10.1.2.3", "127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "fd12::1", "::1", "8.8.8.8"]
    assert.deepStrictEqual(reach(policy, allowed), allowed)
    assert.deepStrictEqual(reach(policy, ["127.0.0.2", "192.168.0.1", "11.0.0.1%eth0", "::", "fc00::1"]), [])
    assert.deepStrictEqual(reach(policy, ["::10.0.0.1", "2002:a00:1::1", "2001:0:a00:1::1"]), [])
  })

  it("keeps metadata addresses blocked whatever is allowed", () => {
    const everything = new AddressPolicy(rangesOf("0.0.0.0/0", "::/0"))
    assert.deepStrictEqual(reach(everything, metadata), [])
    assert.deepStrictEqual(reach(everything, noAddress), [])
    assert.deepStrictEqual(reach(everything, globalUnicast), globalUnicast)
    assert.deepStrictEqual(reach(everything, ["127.0.0.1", "::1", "10.0.0.1"]), ["127.0.0.1", "::1", "10.0.0.1"])
  })

  it("sees what hides in tunnel addresses even when their range is allowed", () => {
    const policy = new AddressPolicy(rangesOf("2002::/16", "2001::/32", "::/96"))
    assert.deepStrictEqual(reach(policy, ["2002:808:808::1", "2001:0:808:808::f7f7:f7f7", "::8.8.8.8"]).length, 3)
    assert.deepStrictEqual(
      reach(
        policy,
        wrapped.filter((address) => !address.includes("8.8.8.8"))
      ),
      []
    )
  })

  const load = (value: string | undefined) =>
    AddressPolicy.config.parse(ConfigProvider.fromUnknown(value === undefined ? {} : { VINSIGHT_ALLOWED_CIDRS: value }))

  it.effect.each([undefined, "", " ", ","])("allows public addresses only when the setting is %j", (value) =>
    Effect.gen(function* () {
      const policy = yield* load(value)
      assert.deepStrictEqual(reach(policy, ["8.8.8.8", "127.0.0.1"]), ["8.8.8.8"])
    })
  )

  it.effect("reads a comma list", () =>
    Effect.gen(function* () {
      const policy = yield* load("127.0.0.0/8, 192.168.1.5 ,fd00::/8,")
      assert.deepStrictEqual(reach(policy, ["127.9.9.9", "192.168.1.5", "192.168.1.6", "fd99::1"]).length, 3)
    })
  )

  it.effect.each<[value: string, message: string]>([
    ["localhost", "is not an address range"],
    ["10.0.0.0/8;127.0.0.1", "whole number from 0 to 32"],
    ["10.0.0.0/33", "whole number from 0 to 32"],
    ["10.0.0.0/", "whole number from 0 to 32"],
    ["10.0.0.0/-1", "whole number from 0 to 32"],
    ["fd00::/129", "whole number from 0 to 128"],
    ["10.0.0.1/8", "write 10.0.0.1/32"],
    ["fe80::1%eth0", "is not an address range"],
    ["169.254.169.254", "stay blocked"],
    ["127.0.0.1,fd00:ec2::/64", "stay blocked"],
    ["::ffff:10.0.0.0/104", "Write it as an IPv4 range"]
  ])("refuses %s, saying: %s", ([value, message]) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(load(value))
      assert.isTrue(Exit.isFailure(exit))
      assert.include(String(exit), message)
      assert.include(String(exit), "VINSIGHT_ALLOWED_CIDRS")
    })
  )
})

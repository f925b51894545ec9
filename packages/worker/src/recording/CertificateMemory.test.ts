import { assert, it } from "@effect/vitest"
import type { Certificate } from "@v-insight/domain/model/CheckOutcome"
import { CertificateMemory } from "./CertificateMemory.ts"

const certificate = (number: number): Certificate => ({
  subject: "CN=a",
  issuer: "CN=b",
  validFrom: "2026-01-01T00:00:00.000Z",
  validTo: "2027-01-01T00:00:00.000Z",
  fingerprint256: String(number)
})

it("certificates are known for half a day, of one tenant", () => {
  const memory = new CertificateMemory()
  memory.forget(1_000_000_000)
  assert.isTrue(memory.isNew("a", certificate(1)))
  memory.remember("a", certificate(1))
  memory.forget(1_000_000_000 + 12 * 3_600_000)
  assert.deepStrictEqual([memory.isNew("a", certificate(1)), memory.isNew("b", certificate(1))], [false, true])
  memory.forget(1_000_000_001 + 12 * 3_600_000)
  assert.isTrue(memory.isNew("a", certificate(1)))
})

it("certificates beyond a number are forgotten", () => {
  const memory = new CertificateMemory()
  for (let number = 0; number <= 50_000; number++) memory.remember("a", certificate(number))
  assert.deepStrictEqual([memory.isNew("a", certificate(0)), memory.isNew("a", certificate(50_000))], [true, false])
})

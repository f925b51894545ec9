/** PostgreSQL refuses whatever is written of one monitor. Only that one may suffer. */
import { setTimeout as sleep } from "node:timers/promises"
import { makeGuests } from "../guests.ts"
import { calmLimitMs, type Fault } from "./Fault.ts"

const poisonedMs = 15_000
const intervalSeconds = 2
/** Checked before, and again after. */
const healthyWithinMs = 15_000
const pollMs = 200

export const poison: Fault = {
  key: "poison",
  name: "results that PostgreSQL refuses",
  victims: 0,
  act: async ({ database, dice, monitors, target, workers }) => {
    const guests = makeGuests(database)
    const guest = await guests.insert(monitors[0]!.tenantId, target.guestUrl(dice.uuid()), intervalSeconds)
    const lastSlot = async (): Promise<number> => {
      const [row] = await database.query<{ slot: number }>(
        "SELECT last_slot_ms::float8 AS slot FROM monitor_state WHERE monitor_id = $1",
        [guest.id]
      )
      return row?.slot ?? 0
    }
    const isCheckedAfter = async (slot: number): Promise<boolean> => {
      const limit = Date.now() + healthyWithinMs
      while (Date.now() < limit) {
        if ((await lastSlot()) > slot) return true
        await sleep(pollMs)
      }
      return false
    }
    const refused = async (): Promise<number> =>
      (await Promise.all(workers.map((worker) => worker.measure()))).reduce((sum, { refused }) => sum + refused, 0)

    if (!(await isCheckedAfter(0)))
      return { blindLimitMs: calmLimitMs, trouble: "the monitor to be poisoned is not checked" }
    const before = await refused()
    await database.query(`
      CREATE FUNCTION chaos_poison() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'check_violation'; END $$`)
    await database.query(`
      CREATE TRIGGER chaos_poison BEFORE UPDATE ON monitor_state FOR EACH ROW
      WHEN (NEW.monitor_id = '${guest.id}'::uuid AND NEW.last_slot_ms <> OLD.last_slot_ms) EXECUTE FUNCTION chaos_poison()`)
    const slot = await lastSlot()
    await sleep(poisonedMs)
    const counted = (await refused()) - before
    const isRefused = (await lastSlot()) === slot
    await database.query("DROP TRIGGER chaos_poison ON monitor_state")
    await database.query("DROP FUNCTION chaos_poison")
    const isBack = await isCheckedAfter(slot)
    await guests.change(guest, "deleted_at = clock_timestamp()")
    return {
      blindLimitMs: calmLimitMs,
      note: `${counted} results counted as refused`,
      trouble: !isRefused
        ? "the poison was written"
        : counted === 0
          ? "no metric counts it"
          : isBack
            ? undefined
            : "the monitor is not checked again"
    }
  }
}

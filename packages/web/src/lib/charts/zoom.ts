/** Drawing over a chart with the pointer chooses a stretch of it. */

/** Less is a click, not a stretch. */
const leastPx = 8

/** Calls back with the shares (0 to 1) of the drawing between which the pointer went; answers with how to stop. */
export const dragZoom = (node: HTMLElement, choose: (from: number, to: number) => void): (() => void) => {
  const area = node.querySelector<HTMLElement>(".area")
  if (area === null) return () => {}
  const mark = document.createElement("i")
  mark.style.cssText =
    "position:absolute;inset-block:0;background:color-mix(in srgb,var(--accent) 18%,transparent);pointer-events:none"
  let start: number | undefined
  const at = ({ clientX }: PointerEvent): number => {
    const { left, width } = area.getBoundingClientRect()
    return Math.min(1, Math.max(0, (clientX - left) / width))
  }
  const events = new AbortController()
  const { signal } = events
  const end = () => {
    start = undefined
    mark.remove()
  }
  area.style.cursor = "crosshair"
  area.addEventListener(
    "pointerdown",
    (event) => {
      // Fingers scroll the page.
      if (event.button !== 0 || event.pointerType === "touch") return
      start = at(event)
      area.setPointerCapture(event.pointerId)
      event.preventDefault()
    },
    { signal }
  )
  area.addEventListener(
    "pointermove",
    (event) => {
      if (start === undefined) return
      const [from, to] = [Math.min(start, at(event)), Math.max(start, at(event))]
      mark.style.left = `${from * 100}%`
      mark.style.width = `${(to - from) * 100}%`
      area.append(mark)
    },
    { signal }
  )
  area.addEventListener(
    "pointerup",
    (event) => {
      if (start === undefined) return
      const [from, to] = [Math.min(start, at(event)), Math.max(start, at(event))]
      end()
      if ((to - from) * area.getBoundingClientRect().width >= leastPx) choose(from, to)
    },
    { signal }
  )
  area.addEventListener("pointercancel", end, { signal })
  addEventListener("keydown", ({ key }) => key === "Escape" && end(), { signal })
  return () => {
    events.abort()
    end()
  }
}

/** Text with `{{names}}` in it, which values take the place of. Plain replacement: values are never templates. */

/** Between the braces of `{{ name }}`. */
export const templateName = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

/** No braces within: each character is looked at once, however many braces there are. */
const place = /\{\{([^{}]*)\}\}/g

/** In order; what cannot be a name is among them, as it was written. */
export const namesIn = (template: string): ReadonlyArray<string> =>
  Array.from(template.matchAll(place), ([, name]) => name!.trim())

/** With the same text in all places. */
export const fillAll = (template: string, text: string): string => template.replaceAll(place, () => text)

/** Undefined when it becomes longer than `maxLength`: a short name may stand for much, many times. */
export const fillIn = (
  template: string,
  values: ReadonlyMap<string, string>,
  maxLength: number,
  encode: (value: string) => string = (value) => value
): string | undefined => {
  let text = ""
  let at = 0
  for (const match of template.matchAll(place)) {
    const value = values.get(match[1]!.trim())
    if (value === undefined) continue
    text += template.slice(at, match.index) + encode(value)
    at = match.index + match[0].length
    if (text.length > maxLength) return undefined
  }
  text += template.slice(at)
  return text.length > maxLength ? undefined : text
}

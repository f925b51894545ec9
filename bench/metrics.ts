/** A worker's page of metrics, read as Prometheus does. */

export interface Metrics {
  /** The sum over all series of this name; 0 when there is none. */
  readonly value: (name: string, labels?: string) => number
  readonly histogram: (name: string) => Histogram
}

/** Upper bounds with how many values were not above; the last bound is infinite. */
export type Histogram = ReadonlyArray<readonly [bound: number, count: number]>

export const metricsOf = async (port: number): Promise<Metrics> => {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const series = Array.from(page.matchAll(/^(\w+)(?:\{([^}]*)\})? (\S+)$/gm), ([, name, labels = "", value]) => ({
    name,
    labels,
    value: Number(value)
  }))
  return {
    value: (wanted, part = "") =>
      series.reduce((sum, { labels, name, value }) => sum + (name === wanted && labels.includes(part) ? value : 0), 0),
    histogram: (wanted) =>
      series
        .filter(({ name }) => name === `${wanted}_bucket`)
        .map(({ labels, value }) => [boundOf(labels), value] as const)
  }
}

const boundOf = (labels: string): number => {
  const bound = /\ble="([^"]+)"/.exec(labels)?.[1]
  return bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound)
}

/** What came between two pages. */
export const between = (before: Histogram, after: Histogram): Histogram =>
  after.map(([bound, count], index) => [bound, count - (before[index]?.[1] ?? 0)] as const)

export const countOf = (histogram: Histogram): number => histogram.at(-1)?.[1] ?? 0

/** The bucket's upper bound that this part of the values is not above. */
export const quantile = (histogram: Histogram, part: number): number =>
  histogram.find(([, count]) => count >= part * countOf(histogram))?.[0] ?? Number.NaN

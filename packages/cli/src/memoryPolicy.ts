/**
 * How much memory our processes take before they look for what they can give back. Node's own choices suit a process
 * that has a machine to itself: with a worker of 10,000 monitors, which holds 43 MiB of objects, V8 let 250 MiB of
 * garbage pile up. The Dockerfile and docker-compose.yml say the same.
 */

/** Of each of glibc's pools, which it makes one per thread, up to eight per core; V8's and libuv's threads share two. */
export const environment = { MALLOC_ARENA_MAX: "2" } as const

/**
 * Options of Node for the worker: what is young is collected when there are 8 MiB of it (not 64), what is old when there
 * is half as much again as was left the last time (not up to four times), for the first time at 48 MiB.
 */
export const workerFlags: ReadonlyArray<string> = [
  "--max-semi-space-size=8",
  "--heap-growing-percent=50",
  "--initial-old-space-size=48"
]

/** Holds what just happened until a page has shown it. */
export const flashCookie = "vinsight_flash"

// The one place that waits: rows are written after the last byte left, so a test may have to ask more than once.

/** Calls `probe` until it gives something truthy; fails with what it gave last when the time is up. */
export async function eventually(probe, what, { within = 8_000 } = {}) {
  const deadline = Date.now() + within;
  let last;
  do {
    last = await probe();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 15));
  } while (Date.now() < deadline);
  throw new Error(`${what}: not within ${within} ms`);
}

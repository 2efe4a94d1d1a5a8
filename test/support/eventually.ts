/** Repeats an expectation until it holds; after `withinMs` its own failure is the test's. */
export async function eventually(expectation: () => void | Promise<void>, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await expectation();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

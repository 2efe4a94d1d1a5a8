import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, chromiumPath, startChromium } from '../support/chromium.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';
import { type Bundle, bundleForBrowser } from './bundle.ts';

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleForBrowser(`export { watchSyncJobs } from './client.ts';`);
});

describe('the bundle of watchSyncJobs for browsers', () => {
  it('has graphql-ws, our own few files, and nothing else', () => {
    const foreign = bundle.files.filter((file) => !/^(src\/client\/|.*node_modules\/graphql-ws\/dist\/|<stdin>)/.test(file));
    expect(foreign).toEqual([]);
  });

  it('is small', () => {
    process.stdout.write(`watchSyncJobs: ${bundle.code.length} bytes minified, ${bundle.gzippedBytes} gzipped\n`);
    expect(bundle.gzippedBytes).toBeLessThan(10_000);
  });

  it('has no operation that the page does not use', async () => {
    expect(bundle.code).toContain('subscription WatchSyncJobs(');
    expect(bundle.code).not.toContain('mutation ');
    const other = await bundleForBrowser(`export { CancelSyncJobDocument } from './client.ts';`);
    expect(other.code).toContain('mutation CancelSyncJob(');
    expect(other.code).not.toContain('subscription ');
    expect(other.files.filter((file) => file !== '<stdin>')).toEqual(['src/client/generated/graphql.ts']);
  });
});

describe('watchSyncJobs in Chromium', () => {
  let gateway: Gateway;
  let browser: Browser;
  beforeAll(async () => {
    if (!chromiumPath) throw new Error('No Chromium was found. Install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.');
    [gateway, browser] = await Promise.all([startGateway(), startChromium(chromiumPath)]);
  });
  afterAll(async () => {
    await browser?.stop();
    await gateway?.cleanUp();
  });

  it('sees a job from its beginning to its end, and one of the past', { timeout: 120_000 }, async () => {
    const connection = await connect(gateway, { config: { count: 20 } });
    const past = await run(gateway, connection.id);
    await endOf(gateway, past);

    const page = await browser.context.newPage();
    await page.goto(`${gateway.url}/graphql`);
    await page.evaluate(bundle.code.replace(/^"use strict";/, '').replace(/^var headgate=/, 'window.headgate='));
    const watching = page.evaluate(`(async () => {
      const steps = [];
      for await (const { transition } of headgate.watchSyncJobs({ url: '/graphql', history: 'all' })) {
        steps.push([transition.syncJob.id, transition.sequence, transition.to]);
        if (steps.length === 6) return steps;
      }
    })()`);
    const present = await run(gateway, connection.id);
    expect(await watching).toEqual(
      [past, present].flatMap((id) => [
        [id, 1, 'PENDING'],
        [id, 2, 'RUNNING'],
        [id, 3, 'SUCCEEDED'],
      ]),
    );
  });
});

import type { AnyConnectorContext, Connector, StreamToRead } from '../connector/connector.ts';
import type { Dial } from '../connector/dial.ts';
import { SourceFailure } from '../connector/failures.ts';
import type { Message } from '../connector/messages.ts';
import { secretValuesOf } from '../connector/spec.ts';
import type { Services } from '../context.ts';
import { createRedactor } from '../lib/redact.ts';
import { type CollectionKey, FencedOutError, type RecordWriter } from '../records/store.ts';
import { connectorOf } from '../source/catalog.ts';
import { ownPathsOf } from '../source/own-paths.ts';
import { targetOf } from '../source-connection/target.ts';
import { afterFailure } from './after-failure.ts';
import { createBatcher } from './batcher.ts';
import { type ClaimedJob, claimSyncJob } from './claim.ts';
import { failureOf, finishSyncJob } from './finish.ts';
import { type JobLog, openJobLog } from './job-log.ts';
import { copyProgress, keepLease, type LetGo, LetGoError } from './lease.ts';
import { createProgressBoard } from './progress-board.ts';
import { stopEarly } from './stop-early.ts';
import { loadSubject, type SyncSubject } from './subject.ts';

/** What a worker has besides the services: the way out. */
export interface WorkerServices extends Services {
  readonly dial: Dial;
}

/**
 * Runs one job in a worker, from the claim to its end. Returns at once when somebody else has the job. Never rejects for what the source does.
 * @param signal its reason says why to stop: 'cancelled' or 'shutdown'
 */
export async function runSync(services: WorkerServices, syncJobId: string, signal: AbortSignal): Promise<void> {
  const claimed = await claimSyncJob(services, syncJobId);
  if (!claimed) return;
  services.log.debug({ syncJobId, attempt: claimed.job.attempt }, 'sync job begins');
  const stop = new AbortController();
  const letGo = (reason: LetGo) => stop.abort(new LetGoError(reason));
  const onStop = () => letGo(signal.reason as LetGo);
  signal.addEventListener('abort', onStop, { once: true });
  if (signal.aborted) onStop();
  const lease = keepLease(services, claimed, letGo);
  let redact = (text: string) => text;
  let log: JobLog | undefined;
  let replacedIn: CollectionKey | undefined;
  try {
    const subject = await loadSubject(services, claimed.job);
    const target = await targetOf(services, services.db, subject.connection);
    const connector = connectorOf(target.sourceShortName);
    redact = createRedactor(secretValuesOf(connector, target.authMethod, target.credentials));
    const jobLog = await openJobLog(services, claimed.job, redact);
    log = jobLog;
    const context: AnyConnectorContext = {
      ...target,
      dial: services.dial,
      filesRoot: services.config.filesRoot,
      ownPaths: ownPathsOf(services.config),
      signal: stop.signal,
      log: (level, message) => jobLog.write(level, message),
    };
    await transfer({ services, claimed, connector, context, subject, log: jobLog, redact });
    replacedIn = subject.collection;
  } catch (error) {
    await endEarly(services, claimed, error, redact, log);
  } finally {
    lease.stop();
    signal.removeEventListener('abort', onStop);
    // Tells a connector that is still reading that nobody listens.
    stop.abort(new LetGoError('lost'));
    await log?.flush().catch(() => {});
  }
  if (replacedIn) await clearAway(services, replacedIn, signal);
}

/** The job has ended; what it replaced is cleared away in small bites, and what is left by a failure or a shutdown by the next job. */
async function clearAway(services: Services, collection: CollectionKey, signal: AbortSignal): Promise<void> {
  try {
    await services.records.sweep(collection, signal);
  } catch (error) {
    services.log.warn({ err: error, collectionId: collection.id }, 'replaced records could not be cleared away yet');
  }
}

interface Transfer {
  readonly services: WorkerServices;
  readonly claimed: ClaimedJob;
  readonly connector: Connector;
  readonly context: AnyConnectorContext;
  readonly subject: SyncSubject;
  readonly log: JobLog;
  readonly redact: (text: string) => string;
}

/** Moves the records, checkpoint by checkpoint, and ends the job as SUCCEEDED, or FAILED when a stream did not get to its end. */
async function transfer({ services, claimed, connector, context, subject, log, redact }: Transfer): Promise<void> {
  const { job } = claimed;
  const streams = await subject.streams(services, claimed, connector, context);
  const writer = await services.records.openWriter({
    collection: subject.collection,
    sourceConnectionId: job.sourceConnectionId,
    jobId: job.id,
    streams,
    // To clear is to replace everything by nothing.
    mode: job.mode === 'INCREMENTAL' ? 'INCREMENTAL' : 'FULL_REFRESH',
  });
  try {
    const board = createProgressBoard(streams, writer.progress);
    log.write(
      'INFO',
      job.attempt === 1 && writer.progress.sequence === 0
        ? `Reading ${streams.length} streams from ${connector.name}.`
        : `Attempt ${job.attempt} goes on after checkpoint ${writer.progress.sequence}.`,
    );
    let progress = writer.progress;
    const checkpoint = async (batches: Parameters<RecordWriter['checkpoint']>[0]) => {
      if (batches.length > 0) progress = await writer.checkpoint(batches);
      // Records alone are read again by the next attempt: only where a stream resumes, or that it is done, is a way forward.
      const cameFurther = batches.some(({ state, complete }) => state !== undefined || complete);
      await copyProgress(services, claimed, progress, board.update(progress), { cameFurther });
      await log.flush();
    };
    await copyProgress(services, claimed, writer.progress, board.update(writer.progress), { cameFurther: false });
    await log.flush();

    const toRead = board.unfinished();
    const batcher = createBatcher((stream) => board.writeStreamOf(stream), rejectionLog(log));
    try {
      // A former attempt may have committed all of it and been lost before it could say so.
      const messages = toRead.length > 0 && job.mode !== 'CLEAR' ? connector.read(context, toRead) : noMessages();
      for await (const message of stopEarly(messages, context.signal, services.config.sourceIdleMs)) {
        batcher.add(message);
        if (message.type === 'STREAM_STATUS' && message.status === 'INCOMPLETE') {
          const failure = failureOf(message.failure, redact, message.stream.name);
          board.fail(message.stream, failure);
          log.write('ERROR', failure.message, message.stream.name);
        } else {
          board.touch(message.stream);
        }
        if (batcher.due) await checkpoint(batcher.take());
      }
    } catch (error) {
      // What a STATE covers is good, whatever came after it; the rest is read again.
      const mayStillWrite =
        error instanceof SourceFailure || (error instanceof LetGoError && (error.reason === 'shutdown' || error.reason === 'paused'));
      if (mayStillWrite) await checkpoint(batcher.takeCovered());
      throw error;
    }
    for (const stream of toRead) if (!board.hasFailed(stream)) batcher.complete(stream);
    await checkpoint(batcher.take());
    const failure = board.failure();
    log.write(failure ? 'ERROR' : 'INFO', failure ? 'Not every stream was read to its end.' : `Done: ${progress.counters.read} records read.`);
    await log.flush();
    await finishSyncJob(services, claimed, failure ? (now) => afterFailure(now, failure, services.config) : { to: 'SUCCEEDED' });
  } finally {
    await writer.close();
  }
}

/** The first rejections with their reasons, then only their number: a source that is all poison must not fill the log. */
function rejectionLog(log: JobLog): (stream: StreamToRead, reason: string) => void {
  const shown = 100;
  let count = 0;
  return (stream, reason) => {
    count++;
    if (count <= shown) log.write('WARN', `A record was rejected: ${reason}`, stream.name);
    if (count === shown) log.write('WARN', 'More records may be rejected; recordsRejected counts them all.', stream.name);
  };
}

async function endEarly(
  services: Services,
  claimed: ClaimedJob,
  error: unknown,
  redact: (text: string) => string,
  log: JobLog | undefined,
): Promise<void> {
  if (error instanceof LetGoError || error instanceof FencedOutError) {
    const reason = error instanceof LetGoError ? error.reason : 'lost';
    if (reason === 'cancelled') await finishSyncJob(services, claimed, { to: 'CANCELLED', reason: 'the work has stopped' });
    if (reason === 'shutdown') {
      await finishSyncJob(services, claimed, { to: 'WAITING', reason: 'its worker was stopped in good order', set: { waitReason: 'RELEASED' } });
    }
    if (reason === 'paused') await finishSyncJob(services, claimed, { to: 'WAITING', reason: 'paused on request', set: { waitReason: 'PAUSED' } });
    return;
  }
  const failure = failureOf(error, redact);
  if (!(error instanceof SourceFailure)) services.log.error({ err: redactedError(error, redact), syncJobId: claimed.job.id }, 'a sync job broke off');
  log?.write('ERROR', failure.message);
  // Whoever hears of the failure and looks into the log finds it there. A log that cannot be written must not keep the job from ending.
  await log?.flush().catch(() => {});
  const { retryBaseMs } = services.config;
  const retryAfterMs = error instanceof SourceFailure ? error.retryAfterMs : undefined;
  await finishSyncJob(services, claimed, (now) => afterFailure(now, failure, { retryBaseMs, retryAfterMs }));
}

async function* noMessages(): AsyncGenerator<Message> {}

function redactedError(error: unknown, redact: (text: string) => string): { type: string; message: string; stack: string } {
  const known = error instanceof Error ? error : new Error(String(error));
  return { type: known.name, message: redact(known.message), stack: redact(known.stack ?? '') };
}

import type { Ctx } from '../context.ts';
import { rowReader } from '../db/rows.ts';
import { keysetPage, type Page } from '../paging/keyset.ts';
import type { PageArgs } from '../paging/page-args.ts';
import { type AuditEntry, AuditEntryEntity } from './audit-entry.entity.ts';

const entries = rowReader(AuditEntryEntity);

/** What was done in the caller's organization, the newest first. */
export async function listAuditEntries(ctx: Ctx, args: PageArgs): Promise<Page<AuditEntry>> {
  return keysetPage<AuditEntry>(args, {
    query: ctx.db.selectFrom(entries.table).selectAll(),
    columns: ['cursor'],
    direction: 'desc',
    keyOf: ({ cursor }) => [cursor],
    toRow: entries.toSharedRow,
    binding: 'audit-log',
  });
}

import type { EntitySchema } from '@mikro-orm/core';
import { ApiKeyEntity } from './api-key/api-key.entity.ts';
import { AuditEntryEntity } from './audit/audit-entry.entity.ts';
import { CollectionEntity } from './collection/collection.entity.ts';
import { IdempotencyKeyEntity } from './idempotency/idempotency-key.entity.ts';
import { OrganizationEntity } from './organization/organization.entity.ts';
import { ConfiguredStreamEntity } from './source-connection/configured-stream.entity.ts';
import { ConnectionTestEntity } from './source-connection/connection-test.entity.ts';
import { CredentialEntity } from './source-connection/credential.entity.ts';
import { SourceConnectionEntity } from './source-connection/source-connection.entity.ts';
import { StatusChangeEntity } from './source-connection/status-change.entity.ts';
import { SyncJobEntity } from './sync-job/sync-job.entity.ts';
import { SyncJobLogEntity } from './sync-job/sync-job-log.entity.ts';
import { SyncJobTransitionEntity } from './sync-job/sync-job-transition.entity.ts';
import { WebhookEntity } from './webhook/webhook.entity.ts';
import { WebhookDeliveryEntity } from './webhook/webhook-delivery.entity.ts';
import { WebhookLaneEntity } from './webhook/webhook-lane.entity.ts';

// biome-ignore lint/suspicious/noExplicitAny: the list of entities is heterogeneous by nature
export const entities: EntitySchema<any>[] = [
  OrganizationEntity,
  AuditEntryEntity,
  CollectionEntity,
  CredentialEntity,
  ConnectionTestEntity,
  SourceConnectionEntity,
  StatusChangeEntity,
  ConfiguredStreamEntity,
  SyncJobEntity,
  SyncJobTransitionEntity,
  SyncJobLogEntity,
  IdempotencyKeyEntity,
  ApiKeyEntity,
  WebhookEntity,
  WebhookDeliveryEntity,
  WebhookLaneEntity,
];

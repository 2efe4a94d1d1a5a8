import { ForbiddenError, UnauthorizedError } from '../errors.ts';
import type { NamedOrganization } from '../organization/find.ts';

/** Whatever is wrong: who tries keys must not learn which of them were near. */
export function unauthorized(): UnauthorizedError {
  return new UnauthorizedError('Send a valid API key in X-API-Key, or a valid API key or token in Authorization: Bearer.');
}

/** The same for one that does not exist. */
export function otherOrganization(): ForbiddenError {
  return new ForbiddenError('X-Organization-ID names an organization that this key or token does not cover.');
}

export function severalOrganizations(organizations: readonly NamedOrganization[]): ForbiddenError {
  const known = organizations.map(({ id, name }) => `${id} (${name})`).join(', ');
  return new ForbiddenError(`This token covers several organizations. Send the header X-Organization-ID with the id of one of them: ${known}.`);
}

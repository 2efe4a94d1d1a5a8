/** `pragma application_id` ("HGAT") of every database that is ours, so that a copy or a backup is told from the databases of others. */
export const ownApplicationId = 0x48474154;

/** What reads Parquet weighs more than all other formats together: loaded by whoever meets such a file. */
export async function loadParquet() {
  const [{ openParquet, schemaOf }, { readParquet }] = await Promise.all([import('./parquet-file.ts'), import('./parquet-read.ts')]);
  return { openParquet, schemaOf, readParquet };
}

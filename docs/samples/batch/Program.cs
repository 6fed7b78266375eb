// A batch job over what "alldata export --from 20260102 --out lake" wrote: Parquet files, read by DuckDB.
using DuckDB.NET.Data;

using var database = new DuckDBConnection("Data Source=:memory:");
database.Open();
using var query = database.CreateCommand();
query.CommandText = "SELECT interval, count(*), sum(CAST(payload->>'$.n' AS BIGINT)) "
    + "FROM read_parquet('lake/interval=*/*.parquet', hive_partitioning = true) GROUP BY interval ORDER BY interval";
using var rows = query.ExecuteReader();
while (rows.Read())
{
    Console.WriteLine($"{rows.GetValue(0)}: {rows.GetValue(1)} events, n adds up to {rows.GetValue(2)}");
}

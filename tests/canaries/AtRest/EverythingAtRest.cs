using Confluent.Kafka;
using KpTelemetry.Canaries.Tests.Searching;
using KpTelemetry.EndToEnd.Tests.Stacks;
using Npgsql;
using ZstdSharp;

namespace KpTelemetry.Canaries.Tests.AtRest;

/// <summary>Everything that a stack keeps: files as they lie, and what its engines give out of them.</summary>
internal static class EverythingAtRest
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static ReadOnlySpan<byte> ZstdMagic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>Looks through all of it, the access record's ciphertext and the key store with it.</summary>
    public static async Task SearchAsync(KpStack stack, Search search)
    {
        InFiles(stack.Home, search);
        await InColumnsAsync(stack.ClickHouse, search);
        InRecords(stack.Kafka, search);
        await InTablesAsync(stack.Postgres, search);
    }

    /// <summary>Every file below a directory.</summary>
    public static void InFiles(string directory, Search search)
    {
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            try
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                search.In($"the file {Path.GetRelativePath(directory, file)}", stream);
            }
            catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
            {
                // Parts that were merged away while the list was read; their rows are in the part that took them in.
                continue;
            }
        }
    }

    /// <summary>Every column of every table of ClickHouse.</summary>
    public static async Task InColumnsAsync(Uri clickHouse, Search search)
    {
        using var http = new HttpClient { BaseAddress = clickHouse, Timeout = TimeSpan.FromMinutes(10) };
        var tables = await AskAsync(http, "select concat('`', database, '`.`', name, '`') from system.tables where engine like '%MergeTree%' format TSVRaw");
        Assert.NotEmpty(tables);
        foreach (var table in tables.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var query = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent($"select * from {table} format RowBinary") };
            using var rows = await http.SendAsync(query, HttpCompletionOption.ResponseHeadersRead);
            search.In($"the ClickHouse table {table}", await rows.EnsureSuccessStatusCode().Content.ReadAsStreamAsync());
        }
    }

    /// <summary>Every record of Kafka, as a consumer gets it: batches decompressed, groups sealed.</summary>
    public static void InRecords(string kafka, Search search)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka }).Build();
        foreach (var topic in admin.GetMetadata(Patience).Topics)
        {
            foreach (var partition in topic.Partitions)
                InPartition(kafka, new TopicPartition(topic.Topic, partition.PartitionId), search);
        }
    }

    /// <summary>Every table of PostgreSQL.</summary>
    public static async Task InTablesAsync(string postgres, Search search)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        var tables = new List<string>();
        await using (var command = database.CreateCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                tables.Add(reader.GetString(0));
        }

        Assert.NotEmpty(tables);
        await using var connection = await database.OpenConnectionAsync();
        foreach (var table in tables)
        {
            await using var rows = await connection.BeginRawBinaryCopyAsync($"copy (select * from {table}) to stdout (format binary)");
            search.In($"the PostgreSQL table {table}", rows);
        }
    }

    private static async Task<string> AskAsync(HttpClient http, string query)
    {
        using var answer = await http.PostAsync("/", new StringContent(query));
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private static void InPartition(string kafka, TopicPartition partition, Search search)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig { BootstrapServers = kafka, GroupId = "at-rest", EnableAutoCommit = false, EnablePartitionEof = true }).Build();
        consumer.Assign(new TopicPartitionOffset(partition, Offset.Beginning));
        while (consumer.Consume(Patience) is { IsPartitionEOF: false } record)
        {
            foreach (var part in record.Message.Headers.Select(header => header.GetValueBytes()).Append(record.Message.Key).Append(record.Message.Value))
                InPart($"a record of {partition.Topic}", part ?? [], search);
        }
    }

    // A group that was compressed and not sealed.
    private static void InPart(string place, byte[] part, Search search)
    {
        search.In(place, part);
        if (part.AsSpan().IndexOf(ZstdMagic) is not (>= 0 and var at))
            return;
        try
        {
            using var decompressor = new Decompressor();
            search.In(place, decompressor.Unwrap(part.AsSpan(at), 64 << 20));
        }
        catch (ZstdException)
        {
            // Chance made the four bytes.
            return;
        }
    }
}

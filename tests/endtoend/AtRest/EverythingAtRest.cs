using Confluent.Kafka;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.AtRest;

/// <summary>Everything that a stack keeps outside PostgreSQL and the key store: files, columns, records.</summary>
internal static class EverythingAtRest
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Where one of the values lies, in words; null where none does.</summary>
    public static async Task<string?> FindAsync(KpStack stack, ManyValues values) =>
        InFiles(stack.Home, values) ?? await InColumnsAsync(stack.ClickHouse, values) ?? InRecords(stack.Kafka, values);

    private static string? InFiles(string home, ManyValues values)
    {
        string[] apart = [Path.Combine(home, "postgres"), Path.Combine(home, "keys")];
        foreach (var file in Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).Where(f => !apart.Any(a => f.StartsWith(a + '/', StringComparison.Ordinal))))
        {
            if (FindInFile(file, values) is not null)
                return $"the file {Path.GetRelativePath(home, file)}";
        }

        return null;
    }

    private static string? FindInFile(string file, ManyValues values)
    {
        try
        {
            return values.FindIn(file);
        }
        catch (FileNotFoundException)
        {
            // Parts that were merged away while the list was read; their rows are in the part that took them in.
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static async Task<string?> InColumnsAsync(Uri clickHouse, ManyValues values)
    {
        using var http = new HttpClient { BaseAddress = clickHouse };
        var tables = await AskAsync(http, "select concat('`', database, '`.`', name, '`') from system.tables where engine like '%MergeTree%' format TSVRaw");
        Assert.NotEmpty(tables);
        foreach (var table in tables.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var rows = await http.PostAsync("/", new StringContent($"select * from {table} format RowBinary"));
            if (values.FindIn(await rows.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()) is not null)
                return $"the ClickHouse table {table}";
        }

        return null;
    }

    private static async Task<string> AskAsync(HttpClient http, string query)
    {
        using var answer = await http.PostAsync("/", new StringContent(query));
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private static string? InRecords(string kafka, ManyValues values)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka }).Build();
        foreach (var topic in admin.GetMetadata(Patience).Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (InPartition(kafka, new TopicPartition(topic.Topic, partition.PartitionId), values))
                    return $"a record of {topic.Topic}";
            }
        }

        return null;
    }

    private static bool InPartition(string kafka, TopicPartition partition, ManyValues values)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig { BootstrapServers = kafka, GroupId = "at-rest", EnableAutoCommit = false, EnablePartitionEof = true }).Build();
        consumer.Assign(new TopicPartitionOffset(partition, Offset.Beginning));
        while (consumer.Consume(Patience) is { IsPartitionEOF: false } record)
        {
            if (values.FindIn(record.Message.Key ?? []) is not null || values.FindIn(record.Message.Value ?? []) is not null)
                return true;
        }

        return false;
    }
}

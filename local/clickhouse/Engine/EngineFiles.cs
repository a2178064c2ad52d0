using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Local.ClickHouse.Options;
using KpTelemetry.Local.ClickHouse.Refusing;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>The data directory: a lock, the configuration written anew at each start, and the engine's own folder.</summary>
internal static partial class EngineFiles
{
    /// <summary>Takes the directory for this process; it is free again when the stream is closed or the process ends.</summary>
    /// <exception cref="IOException">Another process has it.</exception>
    public static FileStream Lock(string home)
    {
        Directory.CreateDirectory(home);
        return new FileStream(Path.Combine(home, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Makes the folder for results that wait for their end, empty: a crash leaves none behind.</summary>
    public static string PrepareSpool(string home)
    {
        var spool = Path.Combine(home, "spool");
        if (Directory.Exists(spool)) Directory.Delete(spool, recursive: true);
        Directory.CreateDirectory(spool);
        return spool;
    }

    /// <summary>Writes what the engine reads at start, and returns the arguments of its first connection.</summary>
    public static string[] Prepare(string home)
    {
        var data = Path.Combine(home, "data");
        var config = Path.Combine(home, "config.xml");
        var users = Path.Combine(home, "users.xml");
        WriteDefaultDatabase(Path.Combine(data, "metadata"));
        File.WriteAllText(config, Config(users));
        File.WriteAllText(users, Users());
        return [$"--path={data}", $"--config-file={config}"];
    }

    private static void WriteDefaultDatabase(string metadata)
    {
        Directory.CreateDirectory(metadata);
        var file = Path.Combine(metadata, "default.sql");
        if (File.Exists(file)) return;
        var id = new Guid(RandomNumberGenerator.GetBytes(16));
        var temporary = file + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(Encoding.UTF8.GetBytes($"ATTACH DATABASE _ UUID '{id:D}'\nENGINE = Atomic\n"));
            stream.Flush();
            // .NET's own call swallows a refusal of the disk.
            if (Fsync(stream.SafeFileHandle) != 0) throw new IOException($"the disk refused an fsync (errno {Marshal.GetLastPInvokeError()})");
        }
        File.Move(temporary, file);
    }

    // With a default database named by the server's setting, the embedded engine would lay one over the whole file system
    // under that name (a table for every file). It is left empty, and default is an ordinary database of the directory.
    // Caches and pools are sized for a small machine: the engine's own defaults follow the memory it sees.
    // fsync on insert and on the part's directory is what makes an acknowledged insert survive a power cut.
    private static string Config(string users) => string.Create(CultureInfo.InvariantCulture, $"""
        <clickhouse>
          <users_config>{Escape(users)}</users_config>
          <default_database></default_database>
          <database>default</database>
          <timezone>UTC</timezone>
          <access_control_improvements>
            <table_engines_require_grant>true</table_engines_require_grant>
          </access_control_improvements>
          <merge_tree>
            <fsync_after_insert>1</fsync_after_insert>
            <fsync_part_directory>1</fsync_part_directory>
            <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
            <min_compressed_bytes_to_fsync_after_merge>1</min_compressed_bytes_to_fsync_after_merge>
            <merge_max_block_size>4096</merge_max_block_size>
            <max_bytes_to_merge_at_max_space_in_pool>2147483648</max_bytes_to_merge_at_max_space_in_pool>
            <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
            <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
            <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
          </merge_tree>
          <max_server_memory_usage>{Limits.ServerMemory}</max_server_memory_usage>
          <mark_cache_size>33554432</mark_cache_size>
          <index_mark_cache_size>8388608</index_mark_cache_size>
          <uncompressed_cache_size>0</uncompressed_cache_size>
          <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
          <primary_index_cache_size>33554432</primary_index_cache_size>
          <mmap_cache_size>64</mmap_cache_size>
          <query_condition_cache_size>4194304</query_condition_cache_size>
          <parquet_metadata_cache_size>1048576</parquet_metadata_cache_size>
          <iceberg_metadata_files_cache_size>0</iceberg_metadata_files_cache_size>
          <compiled_expression_cache_size>16777216</compiled_expression_cache_size>
          <background_pool_size>2</background_pool_size>
          <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
          <background_move_pool_size>1</background_move_pool_size>
          <background_fetches_pool_size>1</background_fetches_pool_size>
          <background_common_pool_size>2</background_common_pool_size>
          <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
          <background_schedule_pool_size>4</background_schedule_pool_size>
          <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
          <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
          <tables_loader_foreground_pool_size>2</tables_loader_foreground_pool_size>
          <tables_loader_background_pool_size>1</tables_loader_background_pool_size>
          <max_thread_pool_size>200</max_thread_pool_size>
          <max_thread_pool_free_size>16</max_thread_pool_free_size>
          <max_io_thread_pool_size>16</max_io_thread_pool_size>
          <max_io_thread_pool_free_size>0</max_io_thread_pool_free_size>
          <max_active_parts_loading_thread_pool_size>4</max_active_parts_loading_thread_pool_size>
          <memory_worker_period_ms>1000</memory_worker_period_ms>
          <jemalloc_max_background_threads_num>1</jemalloc_max_background_threads_num>
          <user_scripts_path>/dev/null</user_scripts_path>
        </clickhouse>

        """);

    // The engine holds what the guard in front of it asks for: no READ or WRITE on any source, and no table engine
    // that leaves the data directory, whatever the statement looks like.
    private static string Users()
    {
        var engines = string.Join('\n', Allowed.TableEngines.Select(x => $"        <query>GRANT TABLE ENGINE ON {x}</query>"));
        var constants = string.Join('\n', Denied.Settings.Select(x => $"        <{x}><const/></{x}>"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            <clickhouse>
              <profiles>
                <default>
                  <max_memory_usage>{Limits.QueryMemory}</max_memory_usage>
                  <max_threads>2</max_threads>
                  <async_insert>0</async_insert>
                  <query_profiler_real_time_period_ns>0</query_profiler_real_time_period_ns>
                  <query_profiler_cpu_time_period_ns>0</query_profiler_cpu_time_period_ns>
                  <max_bytes_ratio_before_external_group_by>0.5</max_bytes_ratio_before_external_group_by>
                  <max_bytes_ratio_before_external_sort>0.5</max_bytes_ratio_before_external_sort>
                  <constraints>
                    <max_memory_usage><max>{Limits.QueryMemory}</max></max_memory_usage>
            {constants}
                  </constraints>
                </default>
              </profiles>
              <users>
                <default>
                  <password></password>
                  <networks><ip>::/0</ip></networks>
                  <profile>default</profile>
                  <quota>default</quota>
                  <grants>
                    <query>GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, DROP, TRUNCATE, OPTIMIZE, SHOW, KILL QUERY ON *.*</query>
                    <query>GRANT SYSTEM MERGES, SYSTEM TTL MERGES, SYSTEM DROP CACHE, SYSTEM FLUSH LOGS ON *.*</query>
            {engines}
                  </grants>
                </default>
              </users>
              <quotas><default></default></quotas>
            </clickhouse>

            """);
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text);
}

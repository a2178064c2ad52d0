using System.Collections.Frozen;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Every request that the broker offers, and the versions of it: up to the newest that a tested client chooses.</summary>
internal static class ApiTable
{
    public static readonly FrozenDictionary<ApiKey, Api> All = new Api[]
    {
        new(ApiKey.Produce, 0, 10, 9, Produce.HandleAsync),
        new(ApiKey.Fetch, 4, 16, 12, Fetch.HandleAsync),
        new(ApiKey.ListOffsets, 1, 7, 6, ListOffsets.HandleAsync),
        new(ApiKey.Metadata, 0, 12, 9, Metadata.HandleAsync),
        new(ApiKey.OffsetCommit, 1, 8, 8, OffsetCommit.HandleAsync),
        new(ApiKey.OffsetFetch, 1, 8, 6, OffsetFetch.HandleAsync),
        new(ApiKey.FindCoordinator, 0, 2, Api.Never, FindCoordinator.HandleAsync),
        new(ApiKey.JoinGroup, 0, 5, Api.Never, JoinGroup.HandleAsync),
        new(ApiKey.Heartbeat, 0, 3, Api.Never, Heartbeat.HandleAsync),
        new(ApiKey.LeaveGroup, 0, 3, Api.Never, LeaveGroup.HandleAsync),
        new(ApiKey.SyncGroup, 0, 3, Api.Never, SyncGroup.HandleAsync),
        new(ApiKey.DescribeGroups, 0, 5, 5, DescribeGroups.HandleAsync),
        new(ApiKey.ListGroups, 0, 5, 3, ListGroups.HandleAsync),
        new(ApiKey.ApiVersions, 0, 3, 3, ApiVersions.HandleAsync),
        new(ApiKey.CreateTopics, 0, 4, Api.Never, CreateTopics.HandleAsync),
        new(ApiKey.DeleteTopics, 0, 4, 4, DeleteTopics.HandleAsync),
        new(ApiKey.DeleteRecords, 0, 2, 2, DeleteRecords.HandleAsync),
        new(ApiKey.InitProducerId, 0, 4, 2, InitProducerId.HandleAsync),
        new(ApiKey.DescribeConfigs, 0, 2, Api.Never, DescribeConfigs.HandleAsync),
        new(ApiKey.DeleteGroups, 0, 2, 2, DeleteGroups.HandleAsync),
    }.ToFrozenDictionary(api => api.Key);
}

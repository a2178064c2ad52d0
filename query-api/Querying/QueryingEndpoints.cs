using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Settings;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Querying.Running;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KpTelemetry.QueryApi.Querying;

/// <summary>Composition of the query engine.</summary>
public static class QueryingEndpoints
{
    private const string Example =
        """
        A query: `{"site":"sample","from":"2015-05-17","to":"2015-05-21","metrics":["requests","pageviews","visitors"],"dimensions":["time:day","page"],
        "filters":[["is","page",["/"]]],"order":[["pageviews","desc"]],"limit":100}`. Days are the site's own, `from` included, `to` not.
        By `Accept`: application/json, text/csv, application/x-ndjson.
        """;

    /// <summary>Adds the query engine. Needs an <c>NpgsqlDataSource</c>, a <c>TimeProvider</c> and the settings.</summary>
    public static IServiceCollection AddQuerying(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new ClickHouseStore(new ClickHouseOptions { Connection = provider.GetRequiredService<KpSettings>().ClickHouse }));
        services.AddSingleton<QueryRunner>();
        services.AddSingleton<LiveSteps>();
        return services;
    }

    /// <summary>Maps the endpoints below the API's group, which records what it answers.</summary>
    public static void MapQuerying(this IEndpointRouteBuilder api)
    {
        api.MapPost("/query", QueryEndpoint.AskAsync)
            .ForRoles(Roles.Analyst, Roles.Marketing)
            .WithName("query").WithSummary("Published figures by the dimensions of the lattice").WithDescription(Example)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status406NotAcceptable).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapGet("/lattice", LatticeEndpoints.Lattice)
            .ForRoles([.. Roles.All]).WithName("lattice").WithSummary("Which dimensions and metrics can be asked for together").Produces<LatticeAnswer>();
        api.MapGet("/glossary", LatticeEndpoints.Glossary)
            .ForRoles([.. Roles.All]).WithName("glossary").WithSummary("What each metric and dimension means").Produces<GlossaryAnswer>();
        api.MapGet("/live", (string? site, LiveSteps live, CancellationToken cancellation) => TypedResults.ServerSentEvents(live.WatchAsync(site, cancellation)))
            .ForRoles(Roles.Analyst, Roles.Marketing).WithName("live").WithSummary("Server-sent events: the steps released in the last 30 minutes, then each as it is released");
    }
}

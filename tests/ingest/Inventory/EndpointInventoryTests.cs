using System.Reflection;
using System.Text.Json;
using KpTelemetry.Ingest.Choosing;
using KpTelemetry.Ingest.Logs;
using KpTelemetry.Ingest.Tests.Services;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Inventory;

/// <summary>
/// What a request to any of ingest's endpoints says is declared as a contract is: parameters of its address, members of its
/// body, and what endpoints read themselves (P1).
/// </summary>
public sealed class EndpointInventoryTests
{
    private const string Operations = "/health", Pixel = "GET /b.gif", LineFields = "lines";
    private static readonly string[] OfOperations = [Operations, "/metrics", "/version"];

    [Fact]
    public async Task Fields_OfEveryEndpoint_AreDeclared()
    {
        await using var server = await IngestServer.StartAsync();
        var endpoints = server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint => !IsOfOperations(endpoint))
            .SelectMany(endpoint => MethodsOf(endpoint).Select(method => (Name: $"{method} {endpoint.RoutePattern.RawText}", Fields: FieldsOf(endpoint).ToArray()))).ToList();

        Assert.True(endpoints.Count > 10, $"{endpoints.Count} endpoints");
        var told = endpoints.Where(endpoint => endpoint.Fields.Length > 0).Select(endpoint => Line(endpoint.Name, endpoint.Fields));
        var declared = FieldInventory.Contracts.Where(contract => contract.Contract.Contains(" /", StringComparison.Ordinal)).Select(contract => Line(contract.Contract, contract.Fields.Select(field => field.Name)));
        Assert.Equal(told.Order(StringComparer.Ordinal), declared.Order(StringComparer.Ordinal));
    }

    private static string Line(string name, IEnumerable<string> fields) => $"{name}: {string.Join(", ", fields.Order(StringComparer.Ordinal))}";

    // The pixel is a contract of its own.
    private static bool IsOfOperations(RouteEndpoint endpoint) =>
        OfOperations.Any(address => endpoint.RoutePattern.RawText!.StartsWith(address, StringComparison.Ordinal)) || endpoint.RoutePattern.RawText == Pixel[4..];

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods;

    private static IEnumerable<string> FieldsOf(RouteEndpoint endpoint)
    {
        var handler = endpoint.Metadata.GetRequiredMetadata<MethodInfo>();
        var ofAddress = handler.GetParameters().Where(parameter => IsText(parameter.ParameterType)).Select(parameter => parameter.Name!);
        var body = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        body = body?.GetElementType() ?? body;
        return ofAddress.Concat(body is null ? [] : body.GetProperties().Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name))).Concat(ReadByItself(endpoint.RoutePattern.RawText!));
    }

    private static bool IsText(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain && (plain.IsPrimitive || plain == typeof(string) || plain == typeof(Guid) || plain == typeof(DateOnly));

    private static IEnumerable<string> ReadByItself(string address) => address switch
    {
        ChoicesEndpoint.Place => Choice.All.SelectMany(choice => (string[])[choice.Field, choice.Cookie]),
        "/v1/logs" => [FilePart.ImportHeader, "Content-Range", LineFields],
        _ => [],
    };
}

using System.Text.RegularExpressions;
using KpTelemetry.QueryApi.Access;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace KpTelemetry.QueryApi.Reference;

/// <summary>One endpoint as the reference shows it.</summary>
public sealed partial record ReferenceEntry(string Name, string Method, string Path, string? Summary, string? Description, IReadOnlyList<string> Roles, IReadOnlyList<string> Parameters)
{
    /// <summary>From what the endpoint says of itself.</summary>
    public static ReferenceEntry Of(ApiDescription description)
    {
        var metadata = description.ActionDescriptor.EndpointMetadata;
        return new ReferenceEntry(
            metadata.OfType<IEndpointNameMetadata>().FirstOrDefault()?.EndpointName ?? string.Empty,
            description.HttpMethod ?? "GET",
            $"/{Constraint().Replace(description.RelativePath ?? string.Empty, "}")}",
            metadata.OfType<IEndpointSummaryMetadata>().LastOrDefault()?.Summary,
            metadata.OfType<IEndpointDescriptionMetadata>().LastOrDefault()?.Description,
            metadata.OfType<AllowedRoles>().FirstOrDefault()?.Roles ?? [],
            [.. description.ParameterDescriptions.Where(parameter => parameter.Source.Id is "Query" or "Path" or "Header").Select(parameter => parameter.Name)]);
    }

    // What a parameter must look like is not a part of its name.
    [GeneratedRegex(@":[a-z]+\}", RegexOptions.NonBacktracking)]
    private static partial Regex Constraint();
}

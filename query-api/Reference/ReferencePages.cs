using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace KpTelemetry.QueryApi.Reference;

/// <summary>The readable reference at <c>/docs</c>.</summary>
public static class ReferencePages
{
    /// <summary>Maps <c>/docs</c>; it holds no figure and needs no sign-on.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/docs", (IApiDescriptionGroupCollectionProvider descriptions) => new RazorComponentResult<ReferencePage>(new
        {
            Endpoints = descriptions.ApiDescriptionGroups.Items.SelectMany(group => group.Items).Select(ReferenceEntry.Of)
                .OrderBy(entry => entry.Path, StringComparer.Ordinal).ToList(),
        })).AllowAnonymous().ExcludeFromDescription();
}

/// <summary>Descriptions are Markdown; of that the page needs code spans only.</summary>
public static partial class ReferenceText
{
    /// <summary>HTML with everything escaped but code spans.</summary>
    public static string Html(string description) => CodeSpan().Replace(WebUtility.HtmlEncode(description), "<code>${code}</code>");

    [GeneratedRegex("`(?<code>[^`]*)`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeSpan();
}

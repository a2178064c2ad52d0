using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KpTelemetry.QueryApi.Reference;

/// <summary>What the OpenAPI document says beside the endpoints.</summary>
public sealed class OpenApiInformation : IOpenApiDocumentTransformer
{
    private const string Scheme = "bearer";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "KpTelemetry query API",
            Version = "1",
            Description = "What is published of the measured sites, the access record, and the pipeline's books. Every read is on the access record before it is answered.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Scheme, BearerFormat = "JWT" },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        return Task.CompletedTask;
    }
}

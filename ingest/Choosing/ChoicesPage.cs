using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Ingest.Choosing;

/// <summary>The page of <c>GET /privacy/choices</c>: plain HTML that works without script and loads nothing.</summary>
internal static class ChoicesPage
{
    private const string Style =
        "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}" +
        "fieldset{margin:1.5rem 0;border:1px solid #767676;border-radius:.4rem}legend{font-weight:600;padding:0 .4rem}label{margin-right:2rem}" +
        "button{font:inherit;padding:.5rem 1.5rem}[role=status]{border-left:.3rem solid #0a5;padding:.3rem 1rem}";

    /// <summary>What the page may do: show itself with its own style, and send its form back here.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    public static string Html(HttpRequest request, PolicyRevision policy, bool isSaved)
    {
        var signals = Signals.Of(request);
        var html = new StringBuilder("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>Your privacy choices</title><style>").Append(Style).Append("</style></head><body><main><h1>Your privacy choices</h1>");
        if (isSaved)
            html.Append("<p role=\"status\">Your choices are saved in this browser.</p>");
        html.Append("<p>They hold for this browser, and last 13 months from your last visit. They say nothing about who you are.</p>");
        if (signals.GlobalPrivacyControl)
            html.Append("<p>").Append(AboutGlobalPrivacyControl(policy.Values)).Append("</p>");
        html.Append("<form method=\"post\" action=\"/privacy/choices\">");
        foreach (var choice in Choice.All)
            Append(html, choice, choice.IsOff(request));
        return html.Append("<button>Save</button></form><p>Privacy policy of ").Append($"{policy.EffectiveFrom:yyyy-MM-dd}").Append("</p></main></body></html>").ToString();
    }

    private static void Append(StringBuilder html, Choice choice, bool isOff) => html
        .Append("<fieldset aria-describedby=\"").Append(choice.Field).Append("-effect\"><legend>").Append(choice.Question).Append("</legend>")
        .Append("<p id=\"").Append(choice.Field).Append("-effect\">").Append(choice.Effect).Append("</p>")
        .Append(Radio(choice.Field, "on", "Yes", !isOff)).Append(Radio(choice.Field, "off", "No", isOff)).Append("</fieldset>");

    private static string Radio(string field, string value, string text, bool isChecked) =>
        $"<label><input type=\"radio\" name=\"{field}\" value=\"{value}\"{(isChecked ? " checked" : "")}> {text}</label>";

    private static string AboutGlobalPrivacyControl(PolicyValues policy) => policy[PolicyKeys.GlobalPrivacyControl] switch
    {
        PolicyKeys.Measurement => "Your browser sends Global Privacy Control: you are not shown our advertising on other sites and your visits are not counted, whatever you choose here.",
        PolicyKeys.Retargeting => "Your browser sends Global Privacy Control: you are not shown our advertising on other sites, whatever you choose here.",
        _ => "Your browser sends Global Privacy Control, which our policy does not act upon: your choices here hold.",
    };
}

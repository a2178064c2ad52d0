using System.CommandLine;
using System.Text.RegularExpressions;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;

namespace KpTelemetry.Cli.Tokens;

/// <summary><c>./kp token</c>: a bearer token for the local stack, or a link that signs on to its dashboards once.</summary>
public static partial class TokenCommand
{
    private static readonly string[] Roles = ["analyst", "marketing", "security", "privacy", "admin"];

    /// <summary>How long a link to sign on waits to be followed.</summary>
    public static readonly TimeSpan TicketLifetime = TimeSpan.FromMinutes(15);

    private const int MostHours = 24 * 31;

    /// <summary>The command, to be added to the root.</summary>
    public static Command Create()
    {
        var role = new Option<string>("--role") { Description = $"One of {string.Join(", ", Roles)}", Required = true };
        role.AcceptOnlyFromAmong(Roles);
        var user = new Option<string?>("--user") { Description = "The account that reads are recorded under (default: the role's name)" };
        user.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !UserForm().IsMatch(name))
                result.AddError("a user's name has 1 to 64 letters, digits and . _ @ -");
        });
        var hours = new Option<int>("--hours") { Description = "How long it is good for", DefaultValueFactory = _ => 8 };
        hours.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostHours)
                result.AddError($"--hours goes from 1 to {MostHours}");
        });
        var ticket = new Option<bool>("--ticket") { Description = "Print a link that signs on to the dashboards, once, within 15 minutes" };
        var command = new Command("token", "Print a bearer token for the local stack") { role, user, hours, ticket, JsonOutput.Option };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(role)!;
            var account = parsed.GetValue(user) ?? name;
            Print(parsed.GetValue(ticket) ? Link(account, name) : Bearer(account, name, TimeSpan.FromHours(parsed.GetValue(hours))), parsed.GetValue(JsonOutput.Option));
            return ExitCode.Done;
        });
        return command;
    }

    private static Minted Bearer(string user, string role, TimeSpan lifetime)
    {
        using var keys = OpenKeys(StackHome.FromEnvironment());
        return new Minted(new LocalTokens(keys, TimeProvider.System).MintBearer(user, role, lifetime), null);
    }

    private static Minted Link(string user, string role)
    {
        var home = StackHome.FromEnvironment();
        using var keys = OpenKeys(home);
        var ticket = new LocalTokens(keys, TimeProvider.System).MintTicket(user, role, TicketLifetime);
        return new Minted(null, new Uri($"http://127.0.0.1:{home.PortBase + 1}/sign-in?ticket={ticket}"));
    }

    private static KeyStore OpenKeys(StackHome home)
    {
        var directory = Path.Combine(home.Directory, "keys");
        if (!Directory.Exists(directory))
            throw new KpFailure("this home has no keys yet, so no stack would take a token", "start a stack first with ./kp demo or ./kp up, or name its home with KP_HOME");
        return KeyStore.Open(directory);
    }

    private static void Print(Minted minted, bool json)
    {
        if (json)
            JsonOutput.Write(minted);
        else
            Console.Out.WriteLine(minted.Token ?? minted.SignIn!.AbsoluteUri);
    }

    private sealed record Minted(string? Token, Uri? SignIn);

    [GeneratedRegex(@"\A[A-Za-z0-9._@-]{1,64}\z", RegexOptions.NonBacktracking)]
    private static partial Regex UserForm();
}

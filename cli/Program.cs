using System.CommandLine;
using KpTelemetry.Cli.Audit;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Doctor;
using KpTelemetry.Cli.Down;
using KpTelemetry.Cli.Importing;
using KpTelemetry.Cli.Logs;
using KpTelemetry.Cli.Policies;
using KpTelemetry.Cli.Rebuilding;
using KpTelemetry.Cli.Rejected;
using KpTelemetry.Cli.Sites;
using KpTelemetry.Cli.Status;
using KpTelemetry.Cli.Tokens;

// One line per command; `./kp --help` reads commands.txt, which a test holds against this list.
var root = new RootCommand("KpTelemetry: measure sites, apps and mail without handing anybody a person")
{
    TokenCommand.Create(),
    StatusCommand.Create(),
    DownCommand.Create(),
    DoctorCommand.Create(),
    LogsCommand.Create(),
    ImportCommand.Create(),
    SiteCommand.Create(),
    RejectedCommand.Create(),
    PolicyCommand.Create(),
    RebuildCommand.Create(),
    AuditCommand.Create(),
};
return await KpCommandLine.RunAsync(root, args);

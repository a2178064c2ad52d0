using System.CommandLine;
using System.CommandLine.Parsing;
using Spectre.Console;

namespace KpTelemetry.Cli.CommandLines;

/// <summary>Parses and runs a command line with the exit codes and the error form that every <c>kp</c> command shares.</summary>
public static class KpCommandLine
{
    /// <summary>Long enough for an interrupted command to put its work down, short enough for someone who waits at a terminal.</summary>
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(60);

    /// <summary>Columns where no terminal gives a width, so that lines in files and pipes stay whole.</summary>
    private const int WidthOfFiles = 400;

    /// <summary>Runs the command that <paramref name="args"/> name.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="args">The command line.</param>
    /// <param name="handlesSignals">Whether the commands turn signals into a stop themselves; else their token is cancelled.</param>
    /// <returns>An <see cref="ExitCode"/>, or what the command's action returned.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args, bool handlesSignals = false)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfFiles;
        }

        var parsed = root.Parse(args);
        if (WhatIsWrong(parsed) is { } wrong)
        {
            Errors.Print(wrong, $"{string.Join(' ', Path(parsed.CommandResult))} --help shows how it is used");
            return ExitCode.WrongUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = handlesSignals ? null : TimeToStop,
            });
        }
        catch (KpFailure failure)
        {
            Errors.Print(failure.Message, failure.Hint);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            Errors.Print("stopped before it was done", "run the same command again to go on");
            return ExitCode.Failed;
        }
        catch (Exception exception) when (!Errors.WantsDetail)
        {
            Errors.Print($"{exception.GetType().Name}: {exception.Message}", "KP_DEBUG=1 shows where it happened; ./kp doctor looks for a cause");
            return ExitCode.Failed;
        }
    }

    private static string? WhatIsWrong(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens.FirstOrDefault(token => !token.StartsWith('-')) is { } command)
        {
            return $"there is no command {command}";
        }

        // A misspelt option would otherwise be taken for the value of an argument.
        var option = parsed.Tokens
            .TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal));
        if (option is not null)
        {
            return $"there is no option {option.Value}";
        }

        return parsed.UnmatchedTokens.Count > 0 ? $"there is no command {parsed.UnmatchedTokens[0]}" : parsed.Errors.FirstOrDefault()?.Message;
    }

    private static List<string> Path(CommandResult result)
    {
        var names = new List<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = command.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "./kp" : command.Command.Name);
        }

        return names;
    }
}

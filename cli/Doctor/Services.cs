using KpTelemetry.Cli.Stacks;
using KpTelemetry.Cli.Status;

namespace KpTelemetry.Cli.Doctor;

/// <summary>Each process of the running stack, in words.</summary>
internal static class Services
{
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(StackHome home, RunFile? file, CancellationToken cancel)
    {
        if (file is null)
        {
            return [Finding.Good("stack", "no stack is running; ./kp demo or ./kp up starts one")];
        }

        var status = await StackStatus.TakeAsync(home, file, TimeProvider.System, cancel);
        return [.. status.Processes.Select(InWords)];
    }

    private static Finding InWords(ProcessStatus process) => process.State switch
    {
        ProcessState.External => Finding.Good(process.Name, $"{process.Name} is a server of your own"),
        ProcessState.Ready when process.Restarts > 0 =>
            Finding.Wrong(process.Name, $"{process.Name} answers, and was started again {process.Restarts} times", $"./kp logs {process.Name} shows why it ended"),
        ProcessState.Ready => Finding.Good(process.Name, $"{process.Name} answers: {process.Health}"),
        ProcessState.Starting => Finding.Wrong(process.Name, $"{process.Name} is starting", "look again in a few seconds"),
        _ => Finding.Wrong(process.Name, $"{process.Name} is not ready: {process.Health}", $"./kp logs {process.Name} shows more"),
    };
}

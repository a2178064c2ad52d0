using System.Text;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Options;
using KpTelemetry.Local.ClickHouse.Refusing;
using KpTelemetry.Local.ClickHouse.Running;
using KpTelemetry.Local.ClickHouse.Sql;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>Takes a statement over HTTP and answers it: read, look, wait for a turn, run, write.</summary>
internal sealed class StatementEndpoint(
    EmbeddedEngine engine, StatementGuard guard, StatementSlots slots, RunningStatements running, TimeProvider time)
{
    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        RequestSettings? settings = null;
        ResponseWriter? response = null;
        try
        {
            settings = RequestSettings.Read(context.Request, engine.Catalog);
            response = new ResponseWriter(context, engine, settings, started, time);
            if (HttpMethods.IsGet(context.Request.Method) && settings.Query.Length == 0) await context.Response.WriteAsync("Ok.\n");
            else await AnswerAsync(context, settings, response);
        }
        catch (EngineException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Killed because the client went away: nobody is left to be told.
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The same, noticed while reading or writing.
        }
        catch (EngineException error)
        {
            await (response ?? new ResponseWriter(context, engine, settings, started, time)).FailAsync(error);
        }
    }

    private async Task AnswerAsync(HttpContext context, RequestSettings settings, ResponseWriter response)
    {
        await using var body = RequestBody.Of(context.Request, settings.Query);
        var whole = await body.HoldAsync(settings.StatementBytes, context.RequestAborted);
        var plan = StatementPlan.Of(body.Held, whole, guard, engine.Catalog, settings.DefaultFormat);
        using var turn = await slots.EnterAsync(context.RequestAborted);
        using var entry = running.Enter(settings.QueryId, context.RequestAborted);
        using var connection = Open(settings, plan);
        await using var watch = new KillWatch(engine, settings.QueryId, time, context.RequestAborted);
        switch (plan.Kind)
        {
            case StatementKind.Select:
                await SelectRunner.RunAsync(connection, plan, settings, response, watch, engine.Spool, context.RequestAborted);
                break;
            case StatementKind.Insert:
                body.Take(plan.DataStart);
                response.Start(null, await InsertAsync(connection, plan, settings, body, watch));
                await response.CompleteAsync();
                break;
            default:
                await RunAsync(connection, plan, settings, response, context.RequestAborted);
                break;
        }
    }

    // Settings of the request are set by a statement, so that the engine checks them and names what is wrong with them.
    private EngineConnection Open(RequestSettings settings, StatementPlan plan)
    {
        var given = new List<KeyValuePair<string, string>> { new("log_comment", settings.QueryId) };
        if (settings.ReadOnly) given.Add(new("readonly", "2"));
        if (plan.ExpressionsAreRead) given.AddRange([new(Denied.InterpretValues, "1"), new(Denied.DeduceValueTemplates, "1")]);
        var connection = engine.Open(given);
        try
        {
            if (settings.Database != "default") connection.Query($"USE {SqlQuoting.Identifier(settings.Database)}");
            if (settings.Settings.Count > 0)
                connection.Query($"SET {string.Join(", ", settings.Settings.Select(x => $"{x.Key} = {SqlQuoting.Literal(x.Value)}"))}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static async Task<Progress> InsertAsync(
        EngineConnection connection, StatementPlan plan, RequestSettings settings, RequestBody body, KillWatch watch)
    {
        using var insert = connection.Insert(plan.Text.Span, plan.Format, settings.Parameters);
        try
        {
            while (await body.NextAsync(Limits.InsertPieceBytes, watch.Token) is { IsEmpty: false } piece)
                if (!insert.Append(piece.Span)) break;
        }
        catch (OperationCanceledException) when (watch.Killed)
        {
            throw EngineException.Of(ErrorCode.QueryWasCancelled, "Query was cancelled");
        }
        return insert.Commit();
    }

    private static async Task RunAsync(
        EngineConnection connection, StatementPlan plan, RequestSettings settings, ResponseWriter response, CancellationToken cancellation)
    {
        using IDisposable owner = connection.Query(plan.Text.Span, plan.Format, settings.Parameters);
        var result = (EngineResult)owner;
        response.Start(result.Length > 0 ? plan.Format : null, result.Progress);
        await response.WriteAsync(result.Memory[..result.Length], cancellation);
        await response.CompleteAsync();
    }
}

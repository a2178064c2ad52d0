using CsCheck;
using KpTelemetry.Audit.ErasingSubjects;
using KpTelemetry.Audit.ExportingSubjects;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>What may be done in a request, over every course that commands can take.</summary>
public sealed class RequestDecisionsTests
{
    private static readonly Guid Id = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0aa");

    private static readonly Gen<(string Asked, string KnownBy, (RequestCommand Command, bool Succeeds)[] Commands)> Courses = Gen.Select(
        OneOf([.. RequestKinds.All]), OneOf(KnownBy.Member, KnownBy.Member, KnownBy.Mail, KnownBy.Cookie), Gen.Select(Gen.Enum<RequestCommand>(), Gen.Bool).Array[0, 25]);

    [Fact]
    public void Course_DoesNothingBeforeVerification_NothingAfterItsEnd_AndEndsOnce() => Courses.Check(course =>
    {
        var request = Received(course.Asked, course.KnownBy);
        bool verified = false, ended = false, extended = false, restricting = false, done = false;
        foreach (var (command, succeeds) in course.Commands)
        {
            // A second telling of the rules, as docs/SUBJECTS.md has them.
            var expected = command switch
            {
                RequestCommand.Lift => restricting,
                _ when ended => false,
                RequestCommand.Verify => !verified,
                RequestCommand.Extend => !extended,
                RequestCommand.Refuse => !restricting,
                _ when !verified => false,
                RequestCommand.Export => course.Asked is "access" or "disclosures",
                RequestCommand.Erase => course.Asked == "erase",
                RequestCommand.Restrict => course.Asked == "restrict" && course.KnownBy == "member" && !restricting,
                _ => done || course.Asked == "correct",
            };
            Assert.Equal(expected, RequestDecisions.WhyNot(request, command) is null);
            if (!expected)
                continue;
            request = After(request, command, succeeds);
            verified |= command == RequestCommand.Verify && succeeds;
            ended |= command is RequestCommand.Refuse or RequestCommand.Fulfil;
            extended |= command == RequestCommand.Extend;
            restricting = command == RequestCommand.Restrict || (restricting && command != RequestCommand.Lift);
            done |= command is RequestCommand.Export or RequestCommand.Erase or RequestCommand.Restrict;
            Assert.Equal((!ended, extended, restricting), (request.IsOpen, request.IsExtended, request.IsRestricting));
        }

        Assert.Equal(new DateOnly(2026, 4, 13).AddDays(extended ? 30 : 0), request.DueOn);
    }, iter: 5_000);

    [Fact]
    public void Request_IsOverdueFromTheDayAfterItWasDue_AndNeverOnceAnswered()
    {
        var request = Received("access", "member");
        Assert.False(request.IsOverdue(new DateTimeOffset(2026, 4, 13, 23, 59, 59, TimeSpan.Zero)));
        Assert.True(request.IsOverdue(new DateTimeOffset(2026, 4, 14, 0, 0, 0, TimeSpan.Zero)));
        Assert.False((request with { Standing = Standing.Refused }).IsOverdue(new DateTimeOffset(2026, 4, 14, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Request_InTextTellsNoName()
    {
        var request = Received("access", "member");
        Assert.Equal("member-4711", request.Subject!.Value.Name);
        foreach (var text in (string[])[$"{request}", $"{request.Subject}", $"{Office.Ada}", $"{new RequestFiling("erase", "member", "member-4711", "letter", "member-4711")}"])
        {
            Assert.DoesNotContain("4711", text, StringComparison.Ordinal);
            Assert.DoesNotContain("ada", text, StringComparison.Ordinal);
        }
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static SubjectRequest Received(string asked, string knownBy) => ((SubjectRequest?)null).With(Id, 0, Opened(
        new SubjectRequestReceived { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Asked = asked, KnownBy = knownBy, By = "letter", DueOn = new DateOnly(2026, 4, 13) }))!;

    private static SubjectRequest After(SubjectRequest request, RequestCommand command, bool succeeds) => request.With(Id, request.Steps.Count, Opened(command switch
    {
        RequestCommand.Verify => succeeds ? new SubjectVerified { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Method = "m" } : new SubjectNotVerified { At = Record.Start, Outcome = "failure", Channel = "api", Origin = "query-api", Method = "m" },
        RequestCommand.Extend => new SubjectRequestExtended { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", DueOn = request.DueOn.AddDays(30), Reason = "r" },
        RequestCommand.Refuse => new SubjectRequestRefused { At = Record.Start, Outcome = "refused", Channel = "api", Origin = "query-api", Reason = "r" },
        RequestCommand.Export => new SubjectDataExported { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Recipient = "r", Entries = 1, Digest = "" },
        RequestCommand.Erase => new SubjectErased { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Answer = [] },
        RequestCommand.Restrict => new SubjectRestricted { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Limits = "l" },
        RequestCommand.Lift => new RestrictionLifted { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Reason = "r" },
        _ => new SubjectRequestFulfilled { At = Record.Start, Outcome = "success", Channel = "api", Origin = "query-api", Done = "d", Proof = request.Proof },
    }))!;

    private static OpenedEntry Opened(RecordedEvent told) => new(told, null, null, new Dictionary<string, string?> { [NamedAs.Subject] = "member-4711", [NamedAs.Actor] = "ada" });
}

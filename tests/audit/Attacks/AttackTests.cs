using System.Text;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tests.Checkpointing;
using KpTelemetry.Audit.Verifying;
using Xunit;

namespace KpTelemetry.Audit.Tests.Attacks;

/// <summary>A superuser of the database changes the record, one thing at a time: verification finds it and names the place.</summary>
public sealed class AttackTests(AttackedRecord attacked) : IClassFixture<AttackedRecord>
{
    private const string EventOf = "seq_id = (select seq from audit.entries where index = {0})";

    private static readonly string[] Edits =
    [
        "update audit.entries set seq = seq + 100000 where index = {0}",
        "update audit.entries set stream = gen_random_uuid() where index = {0}",
        "update audit.entries set at = at - interval '1 day' where index = {0}",
        "update audit.entries set at = at + interval '1 microsecond' where index = {0}",
        "update audit.entries set recorded = recorded - interval '1 microsecond' where index = {0}",
        "update audit.entries set recorded = 'infinity' where index = {0}",
        "update audit.entries set kind = '\\x0000000000000000' where index = {0}",
        "update audit.entries set leaf = set_byte(leaf, 32, get_byte(leaf, 32) # 1) where index = {0}",
        "update audit.entries set leaf = set_byte(leaf, 0, 2) where index = {0}",
        "update audit.mt_events set seq_id = seq_id + 100000 where " + EventOf,
        "update audit.mt_events set id = gen_random_uuid() where " + EventOf,
        "update audit.mt_events set stream_id = gen_random_uuid() where " + EventOf,
        "update audit.mt_events set version = version + 1000 where " + EventOf,
        "update audit.mt_events set timestamp = timestamp - interval '1 year' where " + EventOf,
        "update audit.mt_events set type = 'other' where " + EventOf,
        "update audit.mt_events set tenant_id = 'other' where " + EventOf,
        "update audit.mt_events set mt_dotnet_type = 'other' where " + EventOf,
        "update audit.mt_events set is_archived = true where " + EventOf,
        "update audit.mt_events set data = data || '{{\"more\": 1}}' where " + EventOf,
        "update audit.mt_events set data = '{{}}' where " + EventOf,
        "update audit.mt_events set data = 'null' where " + EventOf,
        "update audit.mt_events set data = jsonb_build_object('body', translate(left(data->>'body', 60), 'ABab', 'BAba') || substr(data->>'body', 61)) where " + EventOf,
        "update audit.mt_events set data = jsonb_build_object('body', substr(data->>'body', 5)) where " + EventOf,
        "update audit.mt_events set data = jsonb_build_object('body', (data->>'body') || 'AAAA') where " + EventOf,
    ];

    private static readonly string[] Deletions =
    [
        "delete from audit.entries where index = {0}",
        "delete from audit.mt_events where " + EventOf,
        "delete from audit.mt_events where " + EventOf + "; delete from audit.entries where index = {0}",
        "update audit.entries set index = index + 1000000 where index = {0}",
        "delete from audit.entries where index >= {0}",
        "delete from audit.mt_events where seq_id in (select seq from audit.entries where index >= {0}); delete from audit.entries where index >= {0}",
        "delete from audit.entries where index = {0}; update audit.entries set index = -index where index > {0}; update audit.entries set index = -index - 1 where index < 0",
    ];

    [Fact]
    public async Task Nothing_IsFoundBeforeAnAttack()
    {
        var verified = await attacked.Verifier().VerifyAsync(full: true, null, CancellationToken.None);
        Assert.Null(verified.Finding);
        Assert.Equal((0L, attacked.Entries, 4L, attacked.Sizes[^1]), (verified.From, verified.Entries, verified.Checkpoints, verified.Proven));
    }

    [Fact]
    public async Task Edits_OfAnyColumn_AreFoundAtTheEntry()
    {
        foreach (var index in attacked.Places)
        {
            foreach (var edit in Edits)
                IsAt(index, await attacked.AfterAsync(string.Format(edit, index)), edit);
        }
    }

    // The last letter before the padding of base64 has bits that are not read: another letter means the same bytes.
    [Fact]
    public async Task AnotherSpellingOfABody_IsFoundAtTheEntry()
    {
        var index = await attacked.Record.ScalarAsync<long>("select min(e.index) from audit.entries e join audit.mt_events m on m.seq_id = e.seq where m.data->>'body' like '%='");
        const string Spelt = "regexp_replace(data->>'body', '.=+$', '') || chr(ascii(substring(data->>'body' from '(.)=+$')) + 1) || substring(data->>'body' from '=+$')";
        IsAt(index, await attacked.AfterAsync(string.Format($"update audit.mt_events set data = jsonb_build_object('body', {Spelt}) where {EventOf}", index)), "spelling");
    }

    [Fact]
    public async Task DeletionsAndTruncations_AreFoundAtTheFirstThatIsGone()
    {
        foreach (var index in attacked.Places)
        {
            foreach (var deletion in Deletions)
                IsAt(index, await attacked.AfterAsync(string.Format(deletion, index)), deletion);
        }
    }

    [Fact]
    public async Task Insertions_AreFoundWhereTheyAre()
    {
        foreach (var index in attacked.Places)
        {
            var copied = $"insert into audit.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived) select 1000000, gen_random_uuid(), stream_id, version + 1000, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived from audit.mt_events where {string.Format(EventOf, index)}";
            var entered = copied + $"; insert into audit.entries select {{0}}, 1000000, stream, at, recorded, kind, leaf from audit.entries where index = {index}";
            Assert.Equal(attacked.Entries, (await attacked.AfterAsync(copied))?.Index);
            IsAt(attacked.Entries, await attacked.AfterAsync(string.Format(entered, attacked.Entries)), "at the end");
            IsAt(index, await attacked.AfterAsync($"update audit.entries set index = -index - 2 where index >= {index}; {string.Format(entered.Replace($"index = {index}", $"index = {-index - 2}", StringComparison.Ordinal), index)}; update audit.entries set index = -index - 1 where index < 0"), "between");
        }
    }

    [Fact]
    public async Task Reorderings_AreFoundAtTheFirst()
    {
        foreach (var index in (int[])[0, attacked.Entries / 2, attacked.Entries - 2])
        {
            IsAt(index, await attacked.AfterAsync($"update audit.entries set index = -1 where index = {index}; update audit.entries set index = {index} where index = {index + 1}; update audit.entries set index = {index + 1} where index = -1"), "entries");
            IsAt(index, await attacked.AfterAsync($"create temp table two as select e.index, m.seq_id, m.data from audit.entries e join audit.mt_events m on m.seq_id = e.seq where e.index in ({index}, {index + 1}); update audit.mt_events m set data = other.data from two own, two other where m.seq_id = own.seq_id and other.seq_id <> own.seq_id; drop table two"), "bodies");
        }
    }

    // Whoever makes the tree anew as well leaves no wrong leaf: then what was signed tells between which checkpoints.
    [Fact]
    public async Task Changes_WithATreeMadeAnew_AreFoundBetweenTheCheckpointsOrAtTheHead()
    {
        string[] changes =
        [
            "update audit.mt_events set data = jsonb_build_object('body', translate(left(data->>'body', 60), 'ABab', 'BAba') || substr(data->>'body', 61)) where " + EventOf,
            "update audit.mt_events set timestamp = timestamp - interval '1 year' where " + EventOf,
            "update audit.entries set at = at - interval '1 day' where index = {0}",
            "delete from audit.mt_events where " + EventOf + "; delete from audit.entries where index = {0}; update audit.entries set index = -index where index > {0}; update audit.entries set index = -index - 1 where index < 0",
            "delete from audit.mt_events where seq_id in (select seq from audit.entries where index >= {0}); delete from audit.entries where index >= {0}",
            "update audit.mt_events set data = jsonb_build_object('body', translate(left(data->>'body', 60), 'ABab', 'BAba') || substr(data->>'body', 61)) where seq_id in (select seq from audit.entries where index >= {0})",
        ];
        foreach (var index in attacked.Places)
        {
            foreach (var change in changes)
            {
                foreach (var head in (bool[])[false, true])
                {
                    var found = await attacked.AfterAsync(async () =>
                    {
                        await attacked.ExecuteAsync(string.Format(change, index));
                        await attacked.RemakeTreeAsync(head);
                    });
                    if (head && index >= attacked.Sizes[^1])
                        Assert.Equal("the head of the record", found?.Place);
                    else
                        Covers(index, found, change);
                }
            }
        }
    }

    [Fact]
    public async Task Subtrees_ChangedGoneOrInvented_AreFound()
    {
        foreach (var index in (int[])[0, 1])
        {
            foreach (var attack in (string[])["update audit.subtrees set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where index = {0}", "delete from audit.subtrees where index = {0}", "update audit.subtrees set level = 2 where index = {0}", "update audit.subtrees set index = index + 7 where index = {0}"])
                IsAt(index * 256, await attacked.AfterAsync(string.Format(attack, index)), attack);
        }

        IsAt(0, await attacked.AfterAsync("update audit.subtrees set index = index + 10; update audit.subtrees set index = 11 - index"), "exchanged");
        IsAt(512, await attacked.AfterAsync("insert into audit.subtrees select 1, 2, hash from audit.subtrees where index = 0"), "one more");
        Assert.Equal("subtree 0 of level 3", (await attacked.AfterAsync("insert into audit.subtrees select 3, 0, hash from audit.subtrees where index = 0"))?.Place);
    }

    [Theory]
    [InlineData("update audit.head set entries = entries - 1")]
    [InlineData("update audit.head set entries = entries + 1")]
    [InlineData("update audit.head set access = access - 1")]
    [InlineData("update audit.head set recorded = recorded - interval '1 day'")]
    [InlineData("update audit.head set recorded = 'infinity'")]
    [InlineData("update audit.head set frontier = set_byte(frontier, 20, get_byte(frontier, 20) # 1)")]
    [InlineData("update audit.head set frontier = ''")]
    [InlineData("update audit.head set tag = set_byte(tag, 0, get_byte(tag, 0) # 1)")]
    [InlineData("update audit.head set tag = ''")]
    [InlineData("update audit.head set entries = 0, access = 0, recorded = '-infinity', frontier = '', tag = ''")]
    [InlineData("delete from audit.head")]
    public async Task Head_Changed_IsFound(string attack)
    {
        var found = await attacked.AfterAsync(attack);
        Assert.True(found?.Place == "the head of the record" || found?.Index == 0, found?.ToString());
    }

    [Fact]
    public async Task Record_SetBackWholeWithItsOldHead_IsFoundByTheCheckpoints()
    {
        var size = attacked.Sizes[1];
        var found = await attacked.AfterAsync($"delete from audit.entries where index >= {size}; delete from audit.mt_events where seq_id not in (select seq from audit.entries); delete from audit.subtrees where (index + 1) * 256 > {size}; delete from audit.checkpoints where size > {size}");
        Assert.Equal($"checkpoint of {attacked.Sizes[2]} entries in the file", found?.Place);
    }

    // What docs/AUDIT.md says that verification cannot know: the head of an earlier moment is authentic, and nothing outside
    // the database has seen more than the last checkpoint.
    [Fact]
    public async Task Record_SetBackWholeSinceTheLastCheckpoint_IsAsItWasThen_AndNoFurther()
    {
        const string Head = "delete from audit.head; insert into audit.head select * from kept.head_before; ";
        const string Entries = "delete from audit.entries where index >= (select entries from kept.head_before); delete from audit.mt_events where seq_id not in (select seq from audit.entries); ";
        Assert.Null(await attacked.AfterAsync(Head + Entries));
        var end = await attacked.Record.ScalarAsync<long>("select entries from kept.head_before");
        IsAt(end, await attacked.AfterAsync(Head), "head alone");
        IsAt(end, await attacked.AfterAsync(Entries), "entries alone");
        Assert.Equal("an event after entry " + (end - 1), (await attacked.AfterAsync(Head + "delete from audit.entries where index >= (select entries from kept.head_before)"))?.Place);
    }

    [Fact]
    public async Task Backdating_BeforeTheEntryBefore_IsFoundAtTheEntryAlsoWithATreeMadeAnew()
    {
        foreach (var index in (int[])[1, attacked.Entries / 2, attacked.Entries - 1])
        {
            IsAt(index, await attacked.AfterAsync(async () =>
            {
                await attacked.ExecuteAsync($"update audit.entries set recorded = recorded - interval '1 day' where index = {index}");
                await attacked.RemakeTreeAsync();
            }), "backdated");
        }
    }

    [Fact]
    public async Task CheckpointCopies_Changed_AreFoundAtTheCheckpoint()
    {
        foreach (var size in (long[])[attacked.Sizes[0], attacked.Sizes[1], attacked.Sizes[^1]])
        {
            Tells(size, await attacked.AfterAsync($"update audit.checkpoints set note = overlay(note placing 'A' from 40) where size = {size}"));
            Tells(size, await attacked.AfterAsync($"update audit.checkpoints set note = '' where size = {size}"));
            Tells(size, await attacked.AfterAsync($"update audit.checkpoints set note = (select note from audit.checkpoints where size <> {size} limit 1) where size = {size}"));
            Tells(size, await attacked.AfterAsync($"delete from audit.checkpoints where size = {size}"));
            Tells(size + 1, await attacked.AfterAsync($"insert into audit.checkpoints select size + 1, note from audit.checkpoints where size = {size}"));
            Assert.NotNull(await attacked.AfterAsync($"update audit.checkpoints set size = size + 1 where size = {size}"));
            Tells(size, await attacked.AfterAsync($"delete from audit.checkpoints where size >= {size}"));
        }
    }

    [Fact]
    public async Task CheckpointFile_Changed_IsFoundAtTheCheckpoint()
    {
        var notes = CheckpointFile.Beside(attacked.Record.Keys.Location).All().ToList();
        for (var i = 0; i < notes.Count; i++)
        {
            var size = attacked.Sizes[i];
            Tells(size, await WithFileAsync([.. notes[..i], .. notes[(i + 1)..]]));
            Tells(size, await WithFileAsync([.. notes[..i], notes[i] with { Text = notes[i].Text.Replace("\n" + size, "\n" + (size + 1), StringComparison.Ordinal) }, .. notes[(i + 1)..]]), size + 1);
            if (i > 0)
                Tells(attacked.Sizes[i - 1], await WithFileAsync([.. notes[..(i - 1)], notes[i], notes[i - 1], .. notes[(i + 1)..]]));
            using var stranger = new CheckpointSigner(attacked.Signer.Origin, NoteTests.Seed(7));
            Tells(size, await WithFileAsync([.. notes[..i], stranger.Sign(size, new byte[32]), .. notes[(i + 1)..]]));
            Tells(size, await WithFileAsync([.. notes[..(i + 1)], attacked.Signer.Sign(size, new byte[32]), .. notes[(i + 1)..]]));
            Tells(size, await WithFileAsync([.. notes[..i]]));
        }
    }

    [Fact]
    public async Task CheckpointFile_DamagedOrCutAnywhere_IsFound()
    {
        var content = await File.ReadAllBytesAsync(attacked.FileName);
        for (var at = 0; at < content.Length; at += 31)
        {
            var cut = at;
            Assert.NotNull(await attacked.AfterAsync(() => File.WriteAllBytesAsync(attacked.FileName, content[..cut])));
            Assert.NotNull(await attacked.AfterAsync(() => File.WriteAllBytesAsync(attacked.FileName, [.. content[..cut], (byte)(content[cut] ^ 1), .. content[(cut + 1)..]])));
        }

        Assert.NotNull(await attacked.AfterAsync(() =>
        {
            File.Delete(attacked.FileName);
            return Task.CompletedTask;
        }));
    }

    // The entry that tells of it gives away a checkpoint that is taken from the file and from the database alike.
    [Fact]
    public async Task Checkpoint_TakenFromFileAndDatabase_IsFoundByItsEntry()
    {
        var notes = CheckpointFile.Beside(attacked.Record.Keys.Location).All().ToList();
        for (var i = 0; i < notes.Count; i++)
        {
            var (size, without) = (attacked.Sizes[i], (SignedNote[])[.. notes[..i], .. notes[(i + 1)..]]);
            var found = await attacked.AfterAsync(async () =>
            {
                await WriteAsync(without);
                await attacked.ExecuteAsync($"delete from audit.checkpoints where size = {size}");
            });
            Assert.Equal(size, found?.Index);
        }
    }

    private Task<Finding?> WithFileAsync(SignedNote[] notes) => attacked.AfterAsync(() => WriteAsync(notes));

    private Task WriteAsync(SignedNote[] notes) =>
        File.WriteAllTextAsync(attacked.FileName, string.Concat(notes.Select(note => $"{Encoding.UTF8.GetByteCount(note.ToString())}\n{note}")), new UTF8Encoding(false));

    private static void IsAt(long index, Finding? found, string attack) => Assert.True(found?.Index == index, $"{attack} at {index}: {found}");

    private void Covers(long index, Finding? found, string attack)
    {
        var before = attacked.Sizes.Prepend(0).Last(size => size <= index);
        Assert.True(found?.Index >= before && found.Index <= index, $"{attack} at {index}: {found}");
    }

    private static void Tells(long size, Finding? found, long? or = null) =>
        Assert.True(found is not null && (found.Place.Contains($" {size} ", StringComparison.Ordinal) || (or is { } other && found.Place.Contains($" {other} ", StringComparison.Ordinal))), $"{size}: {found}");
}

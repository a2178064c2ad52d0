using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.People;

/// <summary>One simulated person, made from a number: the same number is the same person, on any day.</summary>
/// <param name="Number">Which one.</param>
/// <param name="Zone">Where they live.</param>
/// <param name="Agent">Their browser.</param>
/// <param name="Roams">Whether their address changes from day to day, as phones' do.</param>
/// <param name="Loyalty">How readily they come again, 0 to 1.</param>
/// <param name="Member">A member's number, 7 digits; 0 for people without an account.</param>
internal readonly record struct Person(long Number, Zone Zone, byte[] Agent, bool Roams, double Loyalty, int Member);

/// <summary>Everybody who comes to a site. Nobody is stored: a million people cost as much memory as ten.</summary>
internal sealed class Population(ulong seed, double mobileShare, long known)
{
    private const double MemberShare = 0.30;

    private long _newest = known;

    /// <summary>Somebody who has not come before, awake at that moment.</summary>
    public Person Newcomer(ref Dice dice, long unixSeconds)
    {
        Person person;
        do
        {
            person = Get(++_newest);
        }
        while (!IsAwake(person, ref dice, unixSeconds));
        return person;
    }

    /// <summary>Somebody who has come before: recent and loyal people more often; a newcomer where nobody is found.</summary>
    public Person Returning(ref Dice dice, long unixSeconds)
    {
        for (var attempt = 0; attempt < 8 && _newest > 0; attempt++)
        {
            var person = Get(_newest - (long)(_newest * Math.Pow(dice.Unit(), 3)));
            if (person.Number > 0 && dice.Chance(person.Loyalty) && IsAwake(person, ref dice, unixSeconds))
                return person;
        }

        return Newcomer(ref dice, unixSeconds);
    }

    /// <summary>The address a person has on a day, as text.</summary>
    public int WriteAddress(in Person person, long unixSeconds, Span<byte> text)
    {
        var day = person.Roams ? 1 + (unixSeconds / 86_400) : 0;
        var dice = Dice.For(seed + 1, (ulong)((person.Number * 1_000_003) + day));
        return Networks.Write(ref dice, text);
    }

    private Person Get(long number)
    {
        var dice = Dice.For(seed, (ulong)number);
        var zone = Zone.Shares.Draw(ref dice);
        var mobile = dice.Chance(mobileShare);
        var agent = (mobile ? Agents.Mobile : Agents.Desktop).Draw(ref dice);
        var loyalty = Math.Pow(dice.Unit(), 1.5);
        return new Person(number, zone, agent, mobile && dice.Chance(0.6), loyalty, dice.Chance(MemberShare) ? 1_000_000 + dice.Below(9_000_000) : 0);
    }

    private static bool IsAwake(in Person person, ref Dice dice, long unixSeconds) => dice.Chance(Rhythm.Activity(person.Zone, unixSeconds) + 0.02);
}

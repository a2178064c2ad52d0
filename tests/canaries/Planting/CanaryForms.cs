using System.Globalization;
using static KpTelemetry.Canaries.Tests.Planting.CanaryClass;
using static KpTelemetry.Canaries.Tests.Planting.Digits;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>Every way of writing an identifier that is planted.</summary>
public static class CanaryForms
{
    private const bool Shaped = true, Words = false;

    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>All forms, by class.</summary>
    public static IReadOnlyList<CanaryForm> All { get; } =
    [
        new(Name, "given-family", Words, n => $"{GivenName(n)}-{FamilyName(n)}"),
        new(Name, "Given.Family", Words, n => $"{Capital(GivenName(n))}.{Capital(FamilyName(n))}"),
        new(Name, "family, given", Words, n => $"{FamilyName(n)}, {GivenName(n)}"),
        new(Name, "family_given_rn", Words, n => $"{FamilyName(n)}_{GivenName(n)}_rn"),
        new(Place, "street address", Shaped, n => $"{Number(n, 5, 1)}-{FamilyName(n)}-street"),
        new(Place, "zip+4", Shaped, n => Grouped(Number(n, 9, 2), '-', 5, 4)),
        new(Place, "coordinates", Shaped, n => $"3{Number(n, 7, 3).Insert(1, ".")},-12{Number(n, 7, 4).Insert(1, ".")}"),
        new(Place, "facility", Words, n => $"{FamilyName(n)}-{GivenName(n)}-medical-center"),
        new(Date, "year-month-day", Shaped, n => Day(n).ToString("yyyy-MM-dd", Plain)),
        new(Date, "month/day/year", Shaped, n => Day(n).ToString("MM/dd/yyyy", Plain)),
        new(Date, "day.month.year", Shaped, n => Day(n).ToString("dd.MM.yyyy", Plain)),
        new(Date, "compact", Shaped, n => $"dob{Day(n).ToString("yyyyMMdd", Plain)}"),
        new(Date, "month in words", Shaped, n => Day(n).ToString("MMMM-dd-yyyy", Plain)),
        new(Date, "day and month in words", Shaped, n => Day(n).ToString("dd-MMM-yyyy", Plain)),
        new(Date, "with the time", Shaped, n => Day(n).ToString("yyyy-MM-dd'T'", Plain) + Clock(n)),
        new(Date, "milliseconds", Shaped, n => Number(n, 13, 5)),
        new(Date, "age over 89", Words, n => $"aged-{90 + (n % 30)}-years-{n / 30 % 12}-months-{n / 360 % 300}-hours"),
        new(Phone, "hyphens", Shaped, n => Grouped(Telephone(n, 6), '-', 3, 3, 4)),
        new(Phone, "brackets", Shaped, n => $"({Telephone(n, 7)[..3]}) {Grouped(Telephone(n, 7)[3..], '-', 3, 4)}"),
        new(Phone, "international", Shaped, n => $"+1{Telephone(n, 8)}"),
        new(Phone, "dots", Shaped, n => Grouped(Telephone(n, 9), '.', 3, 3, 4)),
        new(Fax, "fax-", Shaped, n => $"fax-{Grouped(Telephone(n, 10), '-', 3, 3, 4)}"),
        new(Fax, "international", Shaped, n => $"+1 {Grouped(Telephone(n, 11), ' ', 3, 3, 4)} fax"),
        new(Email, "given.family", Shaped, n => $"{GivenName(n)}.{FamilyName(n)}@example.org"),
        new(Email, "initial and number", Shaped, n => $"{FamilyName(n)}{n % 97}@{GivenName(n)}.example.com"),
        new(Email, "at in words", Words, n => $"{GivenName(n)}.{FamilyName(n)} at example.net"),
        new(SocialSecurity, "hyphens", Shaped, n => Grouped(Number(n, 9, 12), '-', 3, 2, 4)),
        new(SocialSecurity, "digits", Shaped, n => Number(n, 9, 13)),
        new(SocialSecurity, "spaces", Shaped, n => Grouped(Number(n, 9, 14), ' ', 3, 2, 4)),
        new(MedicalRecord, "MRN-", Shaped, n => $"MRN-{Number(n, 8, 15)}"),
        new(MedicalRecord, "mrn", Shaped, n => $"mrn{Number(n, 7, 16)}"),
        new(MedicalRecord, "pairs", Shaped, n => $"MR {Grouped(Number(n, 8, 17), '-', 2, 2, 2, 2)}"),
        new(HealthPlan, "Medicare", Shaped, n => $"1{Letter(n, 1)}{n % 10}{Number(n, 5, 18)[4]}-{Letter(n, 2)}{Letter(n, 3)}{Number(n, 5, 18)[3]}-{Letter(n, 4)}{Letter(n, 5)}{Number(n, 5, 18)[..2]}"),
        new(HealthPlan, "prefix", Shaped, n => $"XYZ{Number(n, 9, 19)}"),
        new(Account, "acct-", Shaped, n => $"acct-{Number(n, 8, 20)}"),
        new(Account, "IBAN", Shaped, n => $"GB{10 + (n % 89)}NWBK{Number(n, 14, 21)}"),
        new(Account, "invoice", Shaped, n => $"invoice-2023-{Number(n, 6, 22)}"),
        new(Licence, "driver", Shaped, n => $"dl-{Letter(n, 6)}{Number(n, 7, 23)}"),
        new(Licence, "groups", Shaped, n => $"{Letter(n, 7)}{Grouped(Number(n, 12, 24), '-', 3, 4, 5)}"),
        new(Licence, "NPI", Shaped, n => $"NPI {Number(n, 10, 25)}"),
        new(Vehicle, "VIN", Shaped, n => $"1{Letter(n, 8)}{Letter(n, 9)}CM8263{Letter(n, 10)}A{Number(n, 6, 26)}"),
        new(Vehicle, "plate", Words, n => $"ca-{n / 12_167 % 10}{LetterAt(n)}{LetterAt(n / 23)}{LetterAt(n / 529)}{Number(n, 5, 27)[2..]}"),
        new(Device, "UUID", Shaped, n => Grouped(Hex(n, 32, 28), '-', 8, 4, 4, 4, 12)),
        new(Device, "UDID", Shaped, n => Hex(n, 40, 29)),
        new(Device, "IMEI", Shaped, n => WithLuhn(Number(n, 14, 30))),
        new(Device, "MAC", Shaped, n => Grouped(Hex(n, 12, 31), ':', 2, 2, 2, 2, 2, 2)),
        new(Device, "MAC with hyphens", Shaped, n => Grouped(Hex(n, 12, 32), '-', 2, 2, 2, 2, 2, 2)),
        new(Device, "serial", Shaped, n => $"C0{Letter(n, 14)}X{Letter(n, 15)}{Number(n, 5, 33)}{Letter(n, 16)}H"),
        new(Url, "profile", Shaped, n => $"https://example.net/u/{GivenName(n)}.{FamilyName(n)}.{Number(n, 5, 34)}"),
        new(Url, "own host", Shaped, n => $"http://{FamilyName(n)}{Number(n, 6, 35)}.example.com/"),
        new(Address, "IPv4", Shaped, Ip),
        new(Address, "IPv6", Shaped, n => $"2600:1700:{string.Join(':', Enumerable.Range(0, 6).Select(i => 'a' + Hex(n, 3, 37 + i)))}"),
        new(Address, "host name", Shaped, n => $"ip-{Ip(n + 40_000).Replace('.', '-')}"),
        new(Biometric, "fingerprint", Shaped, n => $"fp-{Hex(n, 32, 43)}"),
        new(Biometric, "voice", Shaped, n => $"voice:{Convert.ToBase64String(Bytes(n, 44).AsSpan(0, 24))}"),
        new(Biometric, "iris", Shaped, n => $"iris_{Hex(n, 64, 45)}"),
        new(Photograph, "camera", Shaped, n => $"IMG_{Day(n).ToString("yyyyMMdd", Plain)}_{Number(n, 6, 46)}.jpg"),
        new(Photograph, "number", Shaped, n => $"photo-{Number(n, 10, 47)}.png"),
        new(Photograph, "hash", Shaped, n => $"{Hex(n, 64, 48)}.jpg"),
        new(Photograph, "URL", Shaped, n => $"https://cdn.example.net/faces/{Hex(n, 32, 49)}"),
        new(Code, "keyed hash", Shaped, n => Hex(n, 64, 50)),
        new(Code, "token", Shaped, n => Convert.ToBase64String(Bytes(n, 51).AsSpan(0, 18)).Replace('+', 'x').Replace('/', 'z')),
        new(Code, "member", Shaped, n => $"member-{Number(n, 8, 52)}"),
        new(Code, "signed token", Shaped, n => $"eyJhbGciOiJIUzI1NiJ9.{Convert.ToBase64String(Bytes(n, 53).AsSpan(0, 18))}.{Hex(n, 32, 54)}"),
        new(Card, "16 digits", Shaped, n => WithLuhn(Number(n, 15, 55))),
        new(Card, "groups", Shaped, n => Grouped(WithLuhn(Number(n, 15, 56)), ' ', 4, 4, 4, 4)),
        new(Card, "hyphens", Shaped, n => Grouped(WithLuhn(Number(n, 15, 57)), '-', 4, 4, 4, 4)),
        new(Card, "15 digits", Shaped, n => WithLuhn(Number(n, 14, 58))),
    ];

    /// <summary>The forms of a class.</summary>
    public static ILookup<CanaryClass, CanaryForm> Of { get; } = All.ToLookup(form => form.Class);

    /// <summary>An address without a short number in it, so that a search cannot take other numbers for it.</summary>
    public static string Ip(int n) => string.Create(Plain, $"{100 + (n % 120)}.{100 + (n / 120 % 156)}.{100 + (n * 7 % 156)}.{100 + (n / 18_720 % 156)}");

    private static string Telephone(int n, int salt) => $"{200 + (n % 780)}{Number(n, 7, salt)}";

    private static string Clock(int n) => string.Create(Plain, $"{n / DaysToldApart % 24:D2}:{n % 60:D2}");

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}

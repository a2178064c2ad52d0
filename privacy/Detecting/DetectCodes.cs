using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>Codes of letters and digits: devices, vehicles, biometrics, photographs, and any other that is unique.</summary>
internal static partial class DetectCodes
{
    private const RegexOptions Options = RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    // Labels are short and no pattern repeats a repetition: the limit is for a pattern that would.
    private const int LimitMs = 10_000;
    private const string Then = "[-/=:.]+((no|nr|num|number|id|is|code|hash)[-/=:.]+)?";
    private const int LongCode = 20, FewestOfEach = 4;
    private const int ShortCode = 8, FewestTurns = 4;
    private const int VehicleLength = 17, FewestDigitsOfVehicle = 3;

    public static bool Device(string text) => DeviceForm().IsMatch(text) || HasNumber(NamedDeviceForm(), text);

    public static bool Vehicle(string text) => PlateForm().IsMatch(text) || HasNumber(NamedPlateForm(), text) || HasToken(text, token => token.Length == VehicleLength && IsMixed(token, FewestDigitsOfVehicle) && Turns(token) > 1);

    public static bool Biometric(string text) => HasNumber(BiometricForm(), text);

    public static bool Photograph(string text) => PhotographForm().IsMatch(text);

    public static bool Other(string text) => OtherForm().IsMatch(text) || HasToken(text, token => (token.Length >= LongCode && IsMixed(token, FewestOfEach)) || (token.Length >= ShortCode && Turns(token) >= FewestTurns));

    // A year beside a word says nothing of a person: biometric-screening-2025.
    private static bool HasNumber(Regex form, string text) =>
        form.Match(text).Groups["number"].ValueSpan is { Length: > 0 } number && !NumberRules.IsYear(number) && !Vocabulary.IsPublic(number);

    private static bool HasToken(string text, Predicate<string> is_) => Array.Exists(TokenBounds().Split(text), is_);

    private static int Turns(string token) => token.Zip(token[1..], (one, next) => char.IsAsciiDigit(one) != char.IsAsciiDigit(next)).Count(turns => turns);

    private static bool IsMixed(string token, int atLeast) => token.Count(char.IsAsciiDigit) >= atLeast && token.Count(char.IsAsciiLetter) >= atLeast;

    [GeneratedRegex("[^a-z0-9]+", Options, LimitMs)]
    private static partial Regex TokenBounds();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(^|[^0-9a-f])[0-9a-f]{40}($|[^0-9a-f])|[0-9a-f]{8}-[0-9a-f]{16}|([0-9a-f]{2}:){5}[0-9a-f]{2}|([0-9a-f]{2}-){5}[0-9a-f]{2}|(^|[^0-9a-z])([0-9a-f]{2}/){5}[0-9a-f]{2}($|[^0-9a-z])", Options, LimitMs)]
    private static partial Regex DeviceForm();

    [GeneratedRegex("(^|[^a-z])(imei|meid|udid|serial|serialno|sn)[-/=:.#]*[a-z]*(?<number>[0-9a-z]*[0-9]{4})", Options, LimitMs)]
    private static partial Regex NamedDeviceForm();

    [GeneratedRegex($"(^|[^a-z])(plates?|vin){Then}[a-z]{{0,3}}(?<number>[0-9][0-9a-z]*[0-9])", Options, LimitMs)]
    private static partial Regex NamedPlateForm();

    [GeneratedRegex("(^|/)[0-9][a-z]{3}[0-9]{3}($|[/.])", Options, LimitMs)]
    private static partial Regex PlateForm();

    [GeneratedRegex($"(^|[^a-z])(fingerprint|voiceprint|faceprint|retina|biometric){Then}[a-z]{{0,2}}(?<number>[0-9][0-9a-z]*[0-9])", Options, LimitMs)]
    private static partial Regex BiometricForm();

    [GeneratedRegex("(^|[^a-z])((portrait|selfie|headshot|mugshot)[^/]*|(photo|face)s?[-.]?[0-9]*)[.](jpe?g|png|heic|webp|gif)$", Options, LimitMs)]
    private static partial Regex PhotographForm();

    [GeneratedRegex("(^|[^a-z0-9])eyj[a-z0-9]{6}|(^|[^0-9a-z])[0-9a-f]*[0-9][0-9a-f]{15,}($|[^0-9a-z])|(^|[^0-9])((?![1-9][0-9]00000-[a-z])[0-9]{7}|[0-9]{10,})($|[^0-9])|[{]\"|\"[a-z]+\":", Options, LimitMs)]
    private static partial Regex OtherForm();
}

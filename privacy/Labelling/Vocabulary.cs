using System.Collections.Frozen;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>Words that tell what a number beside them is. A vocabulary decides between a value and a name only together with a number.</summary>
internal static class Vocabulary
{
    private static readonly Words Numbered = new(
        "mr", "mrn", "mrns", "ssn", "ssns", "tin", "ein", "npi", "dea", "imei", "meid", "iccid", "imsi", "vin", "vins", "udid", "uuid", "guid", "passport", "plate", "plates",
        "license", "licence", "lic", "serial", "sn", "acct", "iban", "msisdn", "medrec", "hicn", "mbi", "uid", "pid",
        "accession", "specimen", "medicalrecord", "medicalrecords", "hrn", "last4", "pin", "token", "sid", "sessionid", "fingerprint", "voiceprint", "faceprint",
        "retina", "biometric", "ipaddr", "ipaddress", "lat", "lng", "lon", "latitude", "longitude", "geo", "zipcode", "postcode", "postal", "fax", "tel");

    private static readonly Words NoYears = new("ssn", "ssns", "mrn", "mrns");

    private static readonly Words Counted = new(
        "id", "ids", "user", "users", "member", "members", "patient", "patients", "account", "accounts", "case", "cases", "claim", "claims", "order", "orders", "invoice",
        "invoices", "phone", "phones", "telephone", "cell", "mobile", "customer", "customers", "client", "clients", "subscriber", "subscribers", "employee",
        "employees", "policy", "policies", "prescription", "prescriptions", "chart", "charts", "encounter", "encounters", "ticket", "tickets", "confirmation",
        "zip", "device", "devices", "beneficiary", "dependent", "dependents", "certificate", "cert", "record", "records", "profile", "profiles", "person", "persons", "people",
        "appointment", "appointments", "visit", "visits", "message", "messages", "result", "results", "referral", "referrals");

    private static readonly Words Births = new(
        "dob", "dobs", "birth", "births", "born", "birthday", "birthdays", "birthdate", "dateofbirth", "nacimiento", "admitted", "admission", "admissions", "discharged", "discharge",
        "deceased", "death", "died", "dod");

    private static readonly Words DatesOfBirth = new("dob", "dobs", "birthdate", "dateofbirth");

    private static readonly Words Fillers = new("no", "nr", "nbr", "num", "number", "numbers", "id", "is", "code", "hash", "address", "addr", "date", "of");

    private static readonly Words MonthNames = new(
        "jan", "january", "feb", "february", "mar", "march", "apr", "april", "may", "jun", "june", "jul", "july", "aug", "august", "sep", "sept", "september", "oct",
        "october", "nov", "november", "dec", "december", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "setiembre", "octubre", "noviembre", "diciembre", "ene", "abr", "ago", "dic",
        "janvier", "février", "fevrier", "mars", "avril", "mai", "juin", "juillet", "août", "aout", "septembre", "octobre", "novembre", "décembre", "decembre",
        "janeiro", "fevereiro", "março", "marco", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro", "januar", "februar", "märz", "juni", "juli", "oktober", "dezember",
        "pebrero", "hunyo", "hulyo", "setyembre", "oktubre", "nobyembre", "disyembre",
        "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
        "januari", "februari", "maart", "mei", "augustus", "augusti", "maj", "desember",
        "ianuarie", "februarie", "martie", "aprilie", "iunie", "iulie", "septembrie", "octombrie", "noiembrie", "decembrie",
        "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "wrzesnia", "października", "pazdziernika", "listopada", "grudnia",
        "январь", "января", "янв", "февраль", "февраля", "фев", "март", "марта", "мар", "апрель", "апреля", "апр", "май", "мая", "июнь", "июня", "июл", "июль", "июля", "июн", "август", "августа", "авг",
        "сентябрь", "сентября", "сен", "сент", "октябрь", "октября", "окт", "ноябрь", "ноября", "ноя", "декабрь", "декабря", "дек",
        "січень", "січня", "лютий", "лютого", "березень", "березня", "квітень", "квітня", "травень", "травня", "червень", "червня", "липень", "липня", "серпень", "серпня",
        "вересень", "вересня", "жовтень", "жовтня", "листопад", "листопада", "грудень", "грудня",
        "януари", "февруари", "април", "юни", "юли", "септември", "октомври", "ноември", "декември",
        "јануар", "фебруар", "мај", "јун", "јул", "септембар", "октобар", "новембар", "децембар");

    private static readonly Words DateFillers = new("st", "nd", "rd", "th", "of", "the", "de", "del", "ng", "года", "г", "р");

    // Whose five digits name a public document: ISO 27001, CPT 99213, CVE-2021-44228.
    private static readonly Words Standards = new(
        "rfc", "iso", "iec", "ieee", "ansi", "sae", "pep", "cve", "cwe", "kb", "cpt", "hcpcs", "icd", "loinc", "snomed", "nist", "fips", "astm", "std", "bcp", "form", "pub", "publication");

    // What an age is told in where no word for old follows.
    private static readonly Words AgeUnits = new("años", "anos", "ans", "anni", "jahre", "jahren", "jaar", "лет", "года", "tuổi", "tuoi", "岁", "歲", "歳", "才", "세");

    private static readonly Words AgeJoiners = new("de", "con", "tiene", "a", "à", "of", "com", "mit", "von", "di", "van");

    private static readonly Words Lasts = new("last", "final", "últimos", "ultimos", "últimas", "ultimas");

    private static readonly Words Fours = new("four", "4", "cuatro", "quatro");

    private static readonly Words Endings = new("ending", "ends", "terminada", "terminado", "termina", "terminación", "terminacion");

    private static readonly Words EndFillers = new("digits", "digit", "dígitos", "digitos", "in", "with", "en", "con", "com", "em", "of", "is", "are", "no", "number", "ssn", "card", "social");

    private static readonly Words Cards = new("card", "cards", "visa", "mastercard", "amex", "debit", "credit", "checking", "tarjeta", "account", "social", "cartão", "cartao");

    private static readonly Words Streets = new("st", "street", "ave", "avenue", "rd", "road", "blvd", "boulevard", "ln", "lane", "hwy", "highway", "pkwy", "parkway", "cir", "circle", "ter", "terrace", "calle", "avenida");

    private static readonly Words StreetsPerhaps = new("dr", "drive", "ct", "court", "way", "pl", "place", "sq", "square", "loop", "trail");

    private static readonly Words NoAddress = new("ways", "way", "things", "tips", "reasons", "facts", "steps", "to", "for", "of", "the", "a", "in", "on", "and", "or", "that", "you", "your", "with", "is", "are");

    private static readonly Words Joiners = new("vs", "versus", "and", "or", "to");

    private static readonly Words GivenNames = new(
        "james", "john", "robert", "michael", "david", "william", "richard", "joseph", "thomas", "christopher", "daniel", "matthew", "anthony", "donald", "steven", "andrew",
        "kenneth", "joshua", "kevin", "brian", "timothy", "ronald", "jason", "edward", "jeffrey", "ryan", "jacob", "nicholas", "gary", "eric", "jonathan", "stephen", "larry",
        "justin", "scott", "brandon", "benjamin", "samuel", "gregory", "alexander", "patrick", "raymond", "jack", "dennis", "jerry", "tyler", "aaron", "jose", "nathan", "henry",
        "peter", "zachary", "carlos", "juan", "luis", "miguel", "mary", "patricia", "jennifer", "linda", "elizabeth", "barbara", "susan", "jessica", "sarah", "karen", "lisa",
        "nancy", "betty", "sandra", "margaret", "ashley", "kimberly", "emily", "donna", "michelle", "carol", "amanda", "melissa", "deborah", "stephanie", "rebecca", "laura",
        "sharon", "cynthia", "kathleen", "amy", "angela", "shirley", "brenda", "pamela", "nicole", "samantha", "katherine", "christine", "helen", "debra", "rachel", "carolyn",
        "janet", "maria", "heather", "diane", "julie", "joyce", "jane", "joan", "evelyn", "jacqueline", "ann", "anna", "jean", "alice", "julia", "theresa", "guadalupe", "fatima",
        "mohammed", "muhammad", "ahmed", "wei", "nguyen", "priya", "olga", "ivan", "smith", "johnson", "williams", "garcia", "rodriguez", "martinez", "hernandez", "lopez", "gonzalez");

    // With which a given name is a place's, a storm's, a ruler's.
    private static readonly Words NoPersons = new("st", "saint", "san", "santa", "hurricane", "storm", "cyclone", "typhoon", "king", "queen", "pope", "fort", "port", "camp", "mount", "lake", "team", "vs", "and");

    // Numbers that everybody has: services by telephone, and an introduction to a subject.
    private static readonly Words Public = new("101", "211", "311", "411", "511", "611", "711", "811", "911", "988", "365", "000", "100");

    /// <summary>Words whose number identifies, however short it is; patientId and memberNumber are such words too.</summary>
    public static bool NamesIdentifier(ReadOnlySpan<char> word) => Numbered.Contain(word) || (Stem(word) is { IsEmpty: false } stem && (Numbered.Contain(stem) || Counted.Contain(stem)));

    /// <summary>Of those, words beside which four digits are never a year.</summary>
    public static bool NamesNoYear(ReadOnlySpan<char> word) => NoYears.Contain(word);

    /// <summary>Words whose number identifies when it has three digits, or is all that a segment says.</summary>
    public static bool NamesPerson(ReadOnlySpan<char> word) => Counted.Contain(word);

    /// <summary>Words beside which every number is of a person's dates.</summary>
    public static bool NamesPersonsDate(ReadOnlySpan<char> word) => Births.Contain(word);

    /// <summary>Of those, words beside which one digit is enough.</summary>
    public static bool NamesDateOfBirth(ReadOnlySpan<char> word) => DatesOfBirth.Contain(word);

    public static bool IsFiller(ReadOnlySpan<char> word) => Fillers.Contain(word);

    public static bool IsMonth(ReadOnlySpan<char> word) => MonthNames.Contain(word);

    public static bool IsDateFiller(ReadOnlySpan<char> word) => DateFillers.Contain(word);

    public static bool IsAgeUnit(ReadOnlySpan<char> word) => AgeUnits.Contain(word);

    public static bool JoinsAge(ReadOnlySpan<char> word) => AgeJoiners.Contain(word);

    public static bool IsLast(ReadOnlySpan<char> word) => Lasts.Contain(word);

    public static bool IsFour(ReadOnlySpan<char> word) => Fours.Contain(word);

    public static bool IsEnding(ReadOnlySpan<char> word) => Endings.Contain(word);

    public static bool IsEndFiller(ReadOnlySpan<char> word) => EndFillers.Contain(word);

    public static bool IsCard(ReadOnlySpan<char> word) => Cards.Contain(word);

    public static bool IsStandard(ReadOnlySpan<char> word) => Standards.Contain(word);

    public static bool IsStreet(ReadOnlySpan<char> word) => Streets.Contain(word);

    public static bool MayBeStreet(ReadOnlySpan<char> word) => StreetsPerhaps.Contain(word);

    public static bool IsOfNoAddress(ReadOnlySpan<char> word) => NoAddress.Contain(word);

    public static bool Joins(ReadOnlySpan<char> word) => Joiners.Contain(word);

    public static bool IsPersonsName(ReadOnlySpan<char> word) => GivenNames.Contain(word);

    public static bool IsNoPersons(ReadOnlySpan<char> word) => NoPersons.Contain(word);

    public static bool IsPublic(ReadOnlySpan<char> number) => Public.Contain(number);

    // What a word begins with where it ends with one for a number; else empty.
    private static ReadOnlySpan<char> Stem(ReadOnlySpan<char> word)
    {
        foreach (var ending in (ReadOnlySpan<string>)["number", "num", "nbr", "no", "nr", "id"])
        {
            if (word.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return word[..^ending.Length];
        }

        return [];
    }

    private readonly struct Words(params string[] words)
    {
        private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _words =
            words.ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

        public bool Contain(ReadOnlySpan<char> word) => _words.Contains(word);
    }
}

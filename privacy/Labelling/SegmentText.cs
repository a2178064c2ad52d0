namespace KpTelemetry.Privacy.Labelling;

/// <summary>A run of letters, or of digits.</summary>
/// <param name="Gap">Characters between it and the run before; 0 where they touch, <see cref="int.MaxValue"/> for the first.</param>
internal readonly record struct Atom(int Start, int Length, bool IsNumber, int Gap);

/// <summary>A segment of a path, without its file extension, as runs of letters and of digits.</summary>
internal readonly ref struct SegmentText
{
    /// <summary>More runs than a name has.</summary>
    public const int MostAtoms = 48;

    private const int LongestExtension = 5;
    private const int MostSeparators = 4;

    private readonly ReadOnlySpan<char> _text;
    private readonly ReadOnlySpan<Atom> _atoms;

    private SegmentText(ReadOnlySpan<char> text, ReadOnlySpan<Atom> atoms, bool hasWords)
    {
        _text = text;
        _atoms = atoms;
        HasWords = hasWords;
    }

    /// <summary>The runs; of <paramref name="room"/>, when there are more, as many as it has.</summary>
    public static SegmentText Of(ReadOnlySpan<char> segment, Span<Atom> room)
    {
        var text = segment[..BodyLength(segment)];
        var (count, previousEnd, hasWords) = (0, 0, false);
        for (var at = 0; at < text.Length && count < room.Length;)
        {
            var start = at;
            var isNumber = char.IsAsciiDigit(text[at]);
            while (at < text.Length && (isNumber ? char.IsAsciiDigit(text[at]) : char.IsLetter(text[at])))
                at++;
            if (at == start)
            {
                at++;
                continue;
            }

            hasWords |= !isNumber && at - start > 1;
            room[count] = new Atom(start, at - start, isNumber, count == 0 ? int.MaxValue : start - previousEnd);
            (count, previousEnd) = (count + 1, at);
        }

        return new SegmentText(text, room[..count], hasWords);
    }

    public int Count => _atoms.Length;

    /// <summary>Whether two letters stand together somewhere.</summary>
    public bool HasWords { get; }

    /// <summary>Whether the segment is one number and nothing else.</summary>
    public bool IsBareNumber => _atoms is [{ IsNumber: true }];

    /// <summary>Whether it is numbers, with marks or up to two letters beside them: 12-345, A1234; not b12.</summary>
    public bool IsCode
    {
        get
        {
            var digits = 0;
            foreach (var atom in _atoms)
            {
                if (!atom.IsNumber && atom.Length > 2)
                    return false;
                digits += atom.IsNumber ? atom.Length : 0;
            }

            return digits > 3 || (digits > 2 && !_atoms[0].IsNumber);
        }
    }

    public ReadOnlySpan<char> this[int atom] => _text.Slice(_atoms[atom].Start, _atoms[atom].Length);

    public bool IsNumber(int atom) => atom >= 0 && atom < _atoms.Length && _atoms[atom].IsNumber;

    /// <summary>Whether the run touches the one before.</summary>
    public bool IsFused(int atom) => atom < _atoms.Length && _atoms[atom].Gap == 0;

    /// <summary>Whether the run is near enough to the one before to belong to it.</summary>
    public bool IsNear(int atom) => atom < _atoms.Length && _atoms[atom].Gap <= MostSeparators;

    /// <summary>Whether it is a number with no letter at either side.</summary>
    public bool StandsAlone(int atom) => IsNumber(atom) && !IsFused(atom) && !IsFused(atom + 1);

    /// <summary>The character before a run; a space for the first.</summary>
    public char Before(int atom) => _atoms[atom].Start == 0 ? ' ' : _text[_atoms[atom].Start - 1];

    /// <summary>Whether it is the segment's last run and nothing but the file's extension follows.</summary>
    public bool IsLast(int atom) => atom == _atoms.Length - 1 && _atoms[atom].Start + _atoms[atom].Length == _text.Length;

    // An extension has a letter first and one digit at most: html, mp4. The st of 123.main.st is none, nor the ssn of my.ssn.
    private static int BodyLength(ReadOnlySpan<char> segment)
    {
        var dot = segment.LastIndexOf('.');
        var extension = segment[(dot + 1)..];
        if (dot <= 0 || extension.Length is 0 or > LongestExtension || !char.IsAsciiLetter(extension[0]) || Vocabulary.IsStreet(extension) || Vocabulary.IsMonth(extension) || Vocabulary.NamesIdentifier(extension) || Vocabulary.NamesDateOfBirth(extension))
            return segment.Length;
        var digits = 0;
        foreach (var character in extension)
        {
            if (!char.IsAsciiLetterOrDigit(character))
                return segment.Length;
            digits += char.IsAsciiDigit(character) ? 1 : 0;
        }

        return digits > 1 ? segment.Length : dot;
    }
}

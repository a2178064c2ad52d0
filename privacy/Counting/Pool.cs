namespace KpTelemetry.Privacy.Counting;

/// <summary>Structs by small numbers from 1, which are given again once they are returned. References are valid until the next is rented.</summary>
internal sealed class Pool<T>
    where T : struct
{
    private readonly Stack<int> _free = new();
    private T[] _items = new T[16];
    private int _last;

    /// <summary>How many are rented.</summary>
    public int Count => _last - _free.Count;

    public ref T this[int number] => ref _items[number];

    public int Rent()
    {
        if (_free.TryPop(out var number))
            return number;
        if (++_last == _items.Length)
            Array.Resize(ref _items, _last * 2);
        return _last;
    }

    public void Return(int number) => _free.Push(number);
}

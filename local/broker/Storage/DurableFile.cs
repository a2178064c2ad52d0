namespace KpTelemetry.Local.Broker.Storage;

/// <summary>Small files that are there whole, old or new, whenever the power goes.</summary>
internal static class DurableFile
{
    /// <summary>Replaces <paramref name="path"/> by <paramref name="content"/>; on return it is on disk.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var fresh = path + ".new";
        using (var handle = File.OpenHandle(fresh, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, content, 0);
            DiskSync.File(handle);
        }

        File.Move(fresh, path, overwrite: true);
        DiskSync.Directory(Path.GetDirectoryName(path)!);
    }
}

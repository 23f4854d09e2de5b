using System.Text;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

/// <summary>What classes of storage and of volumes hand to their driver.</summary>
internal static class StorageParameters
{
    private const int MaxCount = 512;
    private const int MaxBytes = 256 * 1024;

    public static void Check(Field parameters)
    {
        var entries = parameters.Entries.ToList();
        if (entries.Count > MaxCount)
        {
            parameters.Add(FieldError.TooLong(parameters.Path, MaxCount));
            return;
        }
        if (entries.Any(e => e.Key.Length == 0))
            parameters.Add(FieldError.Invalid(parameters.Path, "", "field can not be empty."));
        if (entries.Sum(e => Encoding.UTF8.GetByteCount(e.Key) + Encoding.UTF8.GetByteCount(e.Field.Text)) > MaxBytes)
            parameters.Add(FieldError.TooLong(parameters.Path, MaxBytes));
    }
}

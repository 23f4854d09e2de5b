using System.Security.Cryptography;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups;

/// <summary>
/// The operator's key. It seals what a backup holds besides the snapshot, and is itself in no backup. Sealed bytes are
/// <code>
///  0   8  "BALLAST" and the version, 1
///  8   8  which key: HKDF-SHA256 of the key with the info "ballast backup key"
/// 16  12  nonce
/// 28  16  tag
/// 44      AES-256-GCM with HKDF-SHA256 of the key with the info "ballast backup data"; bytes 0 to 15 are its associated data
/// </code>
/// </summary>
public sealed class BackupKey
{
    private const int KeyBytes = 32;
    private const int WhichAt = 8;
    private const int NonceAt = 16;
    private const int TagAt = 28;
    private const int DataAt = 44;
    private const byte Version = 1;

    private readonly byte[] _data;
    private readonly byte[] _which;

    private BackupKey(byte[] key)
    {
        _data = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "ballast backup data"u8.ToArray());
        _which = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, NonceAt - WhichAt, info: "ballast backup key"u8.ToArray());
    }

    private static ReadOnlySpan<byte> Magic => "BALLAST"u8;

    /// <param name="path">A file with 32 bytes in base64, for its owner alone.</param>
    /// <exception cref="ClusterException">It is something else, or others may read it.</exception>
    public static BackupKey Read(string path)
    {
        var key = new byte[KeyBytes + 2];
        try
        {
            if ((File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
                throw new ClusterException($"the backup key {path} can be read by others than its owner") { Hint = $"chmod 600 {path}" };
            if (!Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var bytes) || bytes != KeyBytes)
                throw new ClusterException($"{path} is no backup key: it should hold 32 bytes in base64") { Hint = $"make one with: (umask 077; openssl rand -base64 32 > {path})" };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"the backup key cannot be read: {unreadable.Message}") { Hint = $"make one with: (umask 077; openssl rand -base64 32 > {path})" };
        }
        return new(key[..KeyBytes]);
    }

    public byte[] Seal(ReadOnlySpan<byte> plain)
    {
        var sealedBytes = new byte[DataAt + plain.Length];
        Magic.CopyTo(sealedBytes);
        sealedBytes[WhichAt - 1] = Version;
        _which.CopyTo(sealedBytes, WhichAt);
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(NonceAt, TagAt - NonceAt));
        using var aes = new AesGcm(_data, DataAt - TagAt);
        aes.Encrypt(sealedBytes.AsSpan(NonceAt, TagAt - NonceAt), plain, sealedBytes.AsSpan(DataAt), sealedBytes.AsSpan(TagAt, DataAt - TagAt), sealedBytes.AsSpan(0, NonceAt));
        return sealedBytes;
    }

    /// <param name="sealedBytes">What <see cref="Seal"/> made.</param>
    /// <param name="name">What to call it where it cannot be opened.</param>
    /// <exception cref="ClusterException">It is something else, was sealed with another key, or is damaged: the sentence says which.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBytes, string name)
    {
        if (sealedBytes.Length < DataAt || !sealedBytes.StartsWith(Magic))
            throw new ClusterException($"{name} is not what ballast seals with a backup key");
        if (sealedBytes[WhichAt - 1] != Version)
            throw new ClusterException($"{name} is of version {sealedBytes[WhichAt - 1]}, and this program opens version {Version}") { Hint = "open it with the version of ballast that made it" };
        if (!CryptographicOperations.FixedTimeEquals(sealedBytes[WhichAt..NonceAt], _which))
            throw new ClusterException($"{name} was sealed with another key") { Hint = "name the key that was used when the backup was taken with --key FILE" };
        var plain = new byte[sealedBytes.Length - DataAt];
        using var aes = new AesGcm(_data, DataAt - TagAt);
        try
        {
            aes.Decrypt(sealedBytes[NonceAt..TagAt], sealedBytes[DataAt..], sealedBytes[TagAt..DataAt], plain, sealedBytes[..NonceAt]);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new ClusterException($"{name} is damaged: it was sealed with this key, and its content has changed since");
        }
    }
}
